import assert from "node:assert/strict";
import { parse } from "yaml";
import { debianImage } from "../lab/guestImage.js";
import { isFullRun, sampleOf } from "../sample.js";
import { describeLab, type LabSite, openLabSite } from "./lab-site.js";
import type { Stack } from "./stack.js";

/**
 * The whole life of the tutorial's lab with three Debian guests under emulation, with a user whose sudo wants a
 * password. It takes about ten minutes. Each run tries one of three reasons why guests start again. A full run tries
 * all, and a new disk, with which deb1 boots for the first time once more. The demo does the same as root.
 */
describeLab("the gateway lab", () => {
  let site: LabSite;
  let stack: Stack;
  let program: (guests: Record<string, object>) => string;
  const both = { deb2: {}, deb3: {} };

  before(async () => {
    const image = await debianImage(() => {});
    site = await openLabSite({ sudo: "password" });
    program = (guests) => `
      import * as kvm from "pulumi-kvm";
      const host = new kvm.Host("tower");
      const lab = new kvm.GatewayLab("lab", {
        host, image: "file://${image}", accelerator: "tcg", readyWithinSeconds: 1800,
        guests: ${JSON.stringify(guests)}, probe: { url: "http://www.outside.test/" },
      });
      export const { guests, proof, sshConfig, inventory } = lab;`;
    stack = await site.stack(program(both));
  });
  after(() => site?.close());

  it("is planned by a preview that does not touch the host", async () => {
    const { code, changes, output } = await stack.preview();
    assert.equal(code, 0, output);
    assert.equal(changes["lab-deb3"], "create");
    assert.deepEqual(await site.left(), []);
  });

  it("is created and tested by one up", async () => {
    const { code, output } = await stack.up();
    assert.equal(code, 0, output);
    const { proof, guests } = (await stack.outputs()) as { proof: Record<string, string>; guests: object };
    assert.deepEqual(Object.keys(guests), ["deb1", "deb2", "deb3"]);
    assert.deepEqual(proof, {
      "deb2 → deb1 ping": "ok",
      "deb2 → deb3 ping": "ok",
      "deb2 → http": "200",
      "deb3 → deb1 ping": "ok",
      "deb3 → deb2 ping": "ok",
      "deb3 → http": "200",
    });
    assert.notDeepEqual(await site.left(), [], "the comparison sees what is there");
  });

  it("has outputs for logging in, for ssh and for Ansible", async () => {
    const { sshConfig, inventory } = (await stack.outputs()) as Record<"sshConfig" | "inventory", string>;
    assert.equal(await site.sshBy(sshConfig, "deb3", "hostname"), "deb3");
    const { hosts, vars } = parse(inventory).all;
    const { ansible_host: address } = hosts.deb2;
    assert.equal(
      await site.sshBy("", `${vars.ansible_ssh_common_args} ${vars.ansible_user}@${address}`, "hostname"),
      "deb2",
    );
  });

  it("routes its guests through deb1, which is the gateway in their own configuration", async () => {
    assert.match(await site.inside("deb2", "cat /etc/network/interfaces.d/*"), /gateway 192\.168\.50\.1/);
    assert.match(await site.inside("deb2", "ip route show default"), /via 192\.168\.50\.1/);
    assert.match(
      await site.inside("deb1", "iptables-save -t nat; nft list ruleset 2>/dev/null || true"),
      /MASQUERADE|masquerade/,
    );
  });

  it("is unchanged in a second up, a refresh and a preview", async () => {
    for (const verb of ["up", "refresh", "preview"] as const) {
      const { code, changes, output } = await stack[verb]();
      assert.equal(code, 0, output);
      assert.deepEqual(changes, {}, verb);
    }
  });

  it("shows drift when routing was turned off inside deb1, and repairs only that", async () => {
    const running = await site.pids();
    await site.inside(
      "deb1",
      "iptables -t nat -F; nft flush ruleset 2>/dev/null || true; sysctl -w net.ipv4.ip_forward=0",
    );
    const found = await stack.refresh();
    assert.equal(found.code, 0, found.output);
    assert.equal(found.changes["lab-deb1-forwarding"], "update");
    assert.equal(found.changes["lab-deb1-nat"], "delete");
    assert.deepEqual(
      Object.keys(found.changes).filter((name) => !name.startsWith("lab-deb1-")),
      [],
    );
    const mended = await stack.up();
    assert.equal(mended.code, 0, mended.output);
    assert.deepEqual((await stack.refresh()).changes, {});
    assert.deepEqual(await site.pids(), running);
    await site.fetches("deb2");
  });

  for (const tries of sampleOf("gateway-lab", [triesStopped, triesMemory, triesReboot])) tries();
  if (isFullRun) triesDisk();

  it("deletes only deb3's resources when the program removes deb3", async () => {
    const running = await site.pids();
    await stack.write(program({ deb2: {} }));
    const { code, output, changes } = await stack.up();
    assert.equal(code, 0, output);
    for (const [name, op] of Object.entries(changes))
      assert.deepEqual([name, op], name === "lab" ? ["lab", "update"] : [/deb3/.exec(name)?.input, "delete"]);
    const { deb3, ...others } = running;
    assert.ok(deb3);
    assert.deepEqual(await site.pids(), others);
  });

  it("is destroyed while deb1 hangs, and leaves nothing", async () => {
    const console = await site.watchConsole("deb2");
    const { deb1 } = await site.pids();
    await site.tower.exec(`kill -STOP ${deb1}`);
    const { code, output } = await stack.destroy();
    assert.equal(code, 0, output);
    assert.match(await console(), /reboot: Power down/);
    assert.deepEqual(await site.left(), []);
  });

  function triesStopped(): void {
    it("shows that deb1 was stopped, keeps the resources inside it, and starts only deb1", async () => {
      const running = await site.pids();
      await site.stopGuests("deb1");
      const found = await stack.refresh();
      assert.equal(found.code, 0, found.output);
      assert.deepEqual(found.changes, { "lab-deb1": "update" });
      const mended = await stack.up();
      assert.equal(mended.code, 0, mended.output);
      const now = await site.pids();
      assert.deepEqual([now.deb2, now.deb3], [running.deb2, running.deb3]);
      assert.notEqual(now.deb1, running.deb1);
      assert.deepEqual((await stack.refresh()).changes, {});
      await site.fetches("deb3");
    });
  }

  function triesMemory(): void {
    it("restarts deb3 alone, cleanly, when its memory changes", async () => {
      const running = await site.pids();
      const console = await site.watchConsole("deb3");
      await stack.write(program({ deb2: {}, deb3: { memoryMiB: 320 } }));
      const planned = Object.keys((await stack.preview()).changes);
      assert.deepEqual(
        planned.filter((name) => !/ping$|http$/.test(name)),
        ["lab", "lab-deb3"],
        "and what proves it",
      );
      const { code, output, changes } = await stack.up();
      assert.equal(code, 0, output);
      assert.equal(changes["lab-deb3"], "update");
      assert.match(await console(), /reboot: Power down/);
      const now = await site.pids();
      assert.deepEqual([now.deb1, now.deb2], [running.deb1, running.deb2]);
      assert.match(await site.inside("deb3", "grep MemTotal /proc/meminfo"), /MemTotal: +(2[5-9]|3)\d{4} kB/);
    });
  }

  function triesDisk(): void {
    it("has its NAT again after an up that gives deb1 a new disk", async () => {
      const old = (await stack.resources())["lab-deb1-disk"];
      const { code, output } = await stack.up("--replace", old?.urn ?? "");
      assert.equal(code, 0, output);
      assert.notEqual((await stack.resources())["lab-deb1-disk"]?.id, old?.id);
      await site.fetches("deb2");
      assert.deepEqual((await stack.refresh()).changes, {});
    });
  }

  function triesReboot(): void {
    it("is back after a reboot of the hypervisor, without Pulumi", async () => {
      await site.tower.reboot();
      await site.fetches("deb2", 1200);
      const { code, output, changes } = await stack.refresh();
      assert.equal(code, 0, output);
      assert.deepEqual(changes, {});
    });
  }
});
