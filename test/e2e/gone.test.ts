import assert from "node:assert/strict";
import { changes, fails, nothingLeft, succeeds } from "./expect.js";
import { program } from "./programs.js";
import { hosts, openSite, type Site } from "./site.js";
import type { Result, Stack } from "./stack.js";

describe("a stack whose host has changed", () => {
  let site: Site;
  let stack: Stack;
  before(async () => {
    site = await openSite();
    stack = await site.stack(taps({ count: 100 }));
    await succeeds(stack.up());
  });
  after(() => site?.close());

  it("fails within a minute with one clear reason when the host of 100 taps is down", async () => {
    await site.tower.powerOff();
    for (const run of [() => stack.refresh(), () => stack.destroy()]) {
      const { output, seconds } = await fails(
        run(),
        /tower: unable to connect to root@[\d.]+: .*Check that the host is up/,
      );
      assert.ok(seconds < 60, `it took ${seconds} s`);
      assert.doesNotMatch(output, /\n\s+at .*\.js:\d+/, "no call stack");
    }
    assert.equal(Object.keys(await stack.resources()).length, 104, "nothing was taken for gone");
    await site.tower.powerOn();
    await changes(stack.refresh(), {});
    await stack.write(taps());
    await succeeds(stack.up());
  });

  it("works with a new address in PULUMI_KVM_HOSTS, without any change", async () => {
    await move(site, 77);
    await fails(stack.refresh(), /unable to connect to/);
    Object.assign(stack.env, hosts(site.lab, site.tower));
    await changes(stack.refresh(), {});
    await changes(stack.up(), {});
  });

  it("works with a new address in the program, without a replacement", async () => {
    // The environment has the login, and the program has the address.
    const { privateKeyPath } = site.lab;
    stack.env.PULUMI_KVM_HOSTS = JSON.stringify({ tower: { user: "root", privateKeyPath } });
    await stack.write(taps({ address: site.tower.address }));
    onlyUpdates(await succeeds(stack.up()));
    await move(site, 78);
    await fails(stack.refresh(), /unable to connect to/);
    await stack.write(taps({ address: site.tower.address }));
    onlyUpdates(await succeeds(stack.up()));
    await changes(stack.refresh(), {});
    await changes(stack.up(), {});
  });

  it("refuses a machine that was reinstalled at that address", async () => {
    const { tower } = site;
    await tower.exec("mkdir /root/old && mv /etc/ssh/ssh_host_ed25519_key* /root/old");
    await tower.exec("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key && systemctl restart ssh");
    for (const run of [() => stack.refresh(), () => stack.destroy()]) {
      await fails(
        run(),
        /shows the host key .* but .* is pinned\. Either an attacker intercepts the connection, or the host was reinstalled/,
      );
    }
    await tower.exec("mv /root/old/* /etc/ssh/ && rmdir /root/old && systemctl restart ssh");
    await changes(stack.refresh(), {});
  });

  it("refuses a machine that has its host key but none of our records", async () => {
    const { tower } = site;
    await tower.exec("mv /var/lib/pulumi-kvm /var/lib/elsewhere");
    for (const run of [() => stack.refresh(), () => stack.destroy()]) {
      await fails(run(), /another machine answers than the one that this stack was built on.*PULUMI_KVM_FORGET=tower/);
    }
    assert.equal(Object.keys(await stack.resources()).length, 7, "nothing was taken for gone");
    await tower.exec("mv /var/lib/elsewhere /var/lib/pulumi-kvm");
    await changes(stack.refresh(), {});
    await succeeds(stack.destroy());
    await move(site, 10);
    await site.tower.reboot(); // this also restores its first route
    await nothingLeft(site);
  });

  it("is removed from the state when PULUMI_KVM_FORGET declares its machine lost", async () => {
    const lost = await site.stack(taps({ address: site.tower.address }));
    await succeeds(lost.up());
    await site.tower.powerOff();
    await fails(lost.destroy(), /unable to connect to/);
    lost.env.PULUMI_KVM_FORGET = "tower";
    await succeeds(lost.destroy());
    assert.deepEqual(await lost.resources(), {});
  });
});

function taps({ address, count = 3 }: { address?: string; count?: number } = {}): string {
  const host = address ? `new kvm.Host("tower", { address: "${address}" })` : 'new kvm.Host("tower")';
  return program(
    'const lan = new kvm.Bridge("lan", { host });',
    `for (let i = 0; i < ${count}; i++) new kvm.Tap("tap" + i, { host, bridge: lan.name });`,
  ).replace('new kvm.Host("tower")', host);
}

async function move({ tower }: Site, last: number): Promise<void> {
  await tower.readdress(tower.address.replace(/\d+$/, String(last)));
}

function onlyUpdates({ changes, output }: Result): void {
  assert.deepEqual([...new Set(Object.values(changes))], ["update"], output);
}
