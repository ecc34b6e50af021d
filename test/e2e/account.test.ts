import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { testsBuildOnEachOther } from "../in-order.js";
import { accounts } from "../lab/root.js";
import { changes, nothingLeft, succeeds } from "./expect.js";
import { pings } from "./guests.js";
import { program, withTinyKernel } from "./programs.js";
import { hosts, openSite, type Site } from "./site.js";

/** These secrets must not appear anywhere. */
const ofCloudInit = "correct-horse-battery";
const ofSudo = accounts.clerk.password;

for (const sudo of ["nopasswd", "password"] as const) {
  describe(`an SSH user other than root, when sudo wants ${sudo === "password" ? "a" : "no"} password`, () => {
    testsBuildOnEachOther();
    let site: Site;
    before(async () => {
      site = await openSite({ sudo }, withTinyKernel);
    });
    after(() => site?.close());

    it("creates, updates and deletes the lab without showing a secret", async () => {
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

/** The login key itself in the environment, as in CI, instead of its path. */
async function withKeyItself(site: Site): Promise<Record<string, string>> {
  const { tower } = JSON.parse(hosts(site.lab, site.tower).PULUMI_KVM_HOSTS ?? "");
  const { privateKeyPath, ...access } = tower;
  return {
    PULUMI_KVM_HOSTS: JSON.stringify({ tower: { ...access, privateKey: await readFile(privateKeyPath, "utf8") } }),
  };
}

/** The key for resources inside a guest: the hypervisor's own key. */
const guestsKey = "cat /var/lib/pulumi-kvm/owners/*.key";

/** The last line but one, which no other key has. */
function inside(key: string): string {
  const line = key.trim().split("\n").at(-2) ?? "";
  assert.ok(line.length > 20, "there is a key");
  return line;
}

const seed = ({ tower }: Site) =>
  tower.exec("base64 --decode /var/lib/pulumi-kvm/guests/one-*/seed.base64 | tr -d '\\000'");

/**
 * Records all command lines on the hypervisor until the result is read. It looks every 20 ms; ps would need a whole
 * core.
 */
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
