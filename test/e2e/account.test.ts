import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { testsBuildOnEachOther } from "../in-order.js";
import { accounts } from "../lab/root.js";
import { changes, nothingLeft, succeeds } from "./expect.js";
import { pings } from "./guests.js";
import { program, withTinyKernel } from "./programs.js";
import { hosts, openSite, type Site } from "./site.js";

/** None of these may be seen anywhere. */
const ofCloudInit = "correct-horse-battery";
const ofSudo = accounts.clerk.password;

for (const sudo of ["nopasswd", "password"] as const) {
  describe(`an SSH user that is not root, and sudo ${sudo === "password" ? "wants a password" : "asks nothing"}`, () => {
    testsBuildOnEachOther();
    let site: Site;
    before(async () => {
      site = await openSite({ sudo }, withTinyKernel);
    });
    after(() => site?.close());

    it("makes, changes and removes the same, and no secret is seen", async () => {
      const env = { PULUMI_KVM_SUDO_PASSWORD: ofSudo, PULUMI_KVM_DEBUG: "1", ...(await withKeyItself(site)) };
      const stack = await site.stack(lab(), { env });
      const commands = await watchCommands(site);
      const said = [await succeeds(stack.up("--show-full-output", "--diff"))];
      assert.ok(await pings(site.tower, "192.168.50.2"));
      assert.match(await seed(site), new RegExp(ofCloudInit), "the guest gets it, so it was there to be seen");
      said.push(await changes(stack.refresh(), {}));
      await stack.write(lab("mtu: 1400"));
      said.push(await changes(stack.up(), { lan: "update" }));
      const state = await stack.stateFile();
      const keys = [await readFile(site.lab.privateKeyPath, "utf8"), await site.tower.exec(guestsKey)];
      said.push(await succeeds(stack.destroy()));

      const seen = await commands();
      assert.match(seen, /qemu-system.*one-/, "a command that runs is seen");
      const journal = await site.tower.exec("journalctl --no-pager -o cat");
      for (const secret of [ofCloudInit, ofSudo, ...keys.map(inside)]) {
        const places = { state, seen, journal, output: said.map(({ output }) => output).join() };
        const shown = Object.entries(places).filter(([, text]) => text.includes(secret));
        assert.deepEqual(
          shown.map(([place]) => place),
          [],
          secret,
        );
      }
      await nothingLeft(site);
    });
  });
}

function lab(lan = "") {
  const cloudInit = JSON.stringify({ userData: `#cloud-config\npassword: ${ofCloudInit}\n`, networkConfig: "" });
  return program(
    `const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"], ${lan} });`,
    `tiny("one", lan, "192.168.50.2/24", { cloudInit: ${cloudInit} });`,
  );
}

/** The login's key in the environment itself, as CI has it, and not where it lies. */
async function withKeyItself(site: Site): Promise<Record<string, string>> {
  const { tower } = JSON.parse(hosts(site.lab, site.tower).PULUMI_KVM_HOSTS ?? "");
  const { privateKeyPath, ...access } = tower;
  return {
    PULUMI_KVM_HOSTS: JSON.stringify({ tower: { ...access, privateKey: await readFile(privateKeyPath, "utf8") } }),
  };
}

/** The key by which what is inside a guest is reached: the hypervisor's own. */
const guestsKey = "cat /var/lib/pulumi-kvm/owners/*.key";

/** A line that no other key has: the last but one. */
function inside(key: string): string {
  const line = key.trim().split("\n").at(-2) ?? "";
  assert.ok(line.length > 20, "there is a key");
  return line;
}

const seed = ({ tower }: Site) =>
  tower.exec("base64 --decode /var/lib/pulumi-kvm/guests/one-*/seed.base64 | tr -d '\\000'");

/** All command lines on the hypervisor from now on, until it is asked for them: a look every 20 ms, as ps would need a core. */
async function watchCommands({ tower }: Site): Promise<() => Promise<string>> {
  const watch = [
    "while [ -e /tmp/watching ]; do tail -n +1 /proc/[0-9]*/cmdline; sleep 0.02; done 2>/dev/null |",
    `tr '\\0' ' ' | awk '!seen[$0]++' >/tmp/commands`,
  ].join(" ");
  await tower.exec(`cat >/tmp/watch; touch /tmp/watching; setsid sh /tmp/watch >/dev/null 2>&1 </dev/null &`, {
    input: watch,
  });
  const files = "/tmp/watch /tmp/commands";
  return () =>
    tower.exec(`rm /tmp/watching; until [ -s /tmp/commands ]; do sleep 0.1; done; cat /tmp/commands; rm ${files}`);
}
