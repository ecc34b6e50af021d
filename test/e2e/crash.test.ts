import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { endsWithin } from "../elapsed";
import { sampledTests } from "../sample.js";
import { changes, fails, nothingLeft, succeeds } from "./expect.js";
import { pings } from "./guests.js";
import { program, withTinyKernel } from "./programs.js";
import { openSite, type Site } from "./site.js";
import type { Stack } from "./stack.js";

describe("an interrupted run", () => {
  let site: Site;
  before(async () => {
    site = await openSite({}, withTinyKernel);
  });
  after(() => site?.close());

  /** Three stacks at once: before a state has the Host, among many links, and while a guest is being created. */
  const moments: [RegExp, string][] = [
    [/Host tower creating/, ":"],
    [/Tap tap\d+ created/, ":"],
    [/Guest one creating/, "until pgrep qemu-system >/dev/null; do sleep 0.1; done"], // it runs, and no state has it
  ];
  const killed = () =>
    Promise.all(
      moments.map(async ([moment, there], n) => {
        const stack = await site.stack(lab(50 + n));
        await killAt(stack, moment, () => site.tower.exec(there));
        await fails(stack.up(), /locked/);
        await succeeds(stack.cancel());
        return stack;
      }),
    );

  sampledTests("crash", 2, {
    async "completes with the next up after SIGKILL and cancel, and a destroy leaves nothing"() {
      const stacks = await killed();
      await Promise.all(stacks.map((stack) => succeeds(stack.up())));
      for (const n of stacks.keys()) assert.ok(await pings(site.tower, `192.168.${50 + n}.2`));
      await Promise.all(stacks.map((stack) => changes(stack.refresh(), {})));
      await Promise.all(stacks.map((stack) => succeeds(stack.destroy())));
      await nothingLeft(site);
    },

    async "leaves nothing after SIGKILL, cancel and an immediate destroy"() {
      const stacks = await killed();
      assert.notDeepEqual(await site.left(), [], "something was made before the kill");
      await Promise.all(stacks.map((stack) => succeeds(stack.destroy())));
      await nothingLeft(site);
    },

    async "ends its provider together with Pulumi, and changes nothing afterwards"() {
      const stack = await site.stack(lab());
      await killAt(stack, /Bridge lan created/);
      await site.tower.exec("flock /run/pulumi-kvm.lock true"); // a completely transferred script runs to its end
      const made = await objects(site);
      await sleep(2000);
      assert.deepEqual(await objects(site), made);

      await succeeds(stack.cancel());
      await succeeds(stack.up());
      assert.ok((await objects(site)).length > made.length, "there was something left to do, and it would be seen");
      await succeeds(stack.destroy());
      await nothingLeft(site);
    },

    async "ends within 15 s of Ctrl-C, and the next up completes"() {
      const stack = await site.stack(lab());
      await interruptAt(stack, /Tap tap\d+ created/);
      await succeeds(stack.up());
      await succeeds(stack.destroy());
      await nothingLeft(site);
    },

    async "ends within 15 s of Ctrl-C also while it waits for a guest that never becomes ready"() {
      const stack = await site.stack(
        lab()
          .replace("tcpPort: 80", "tcpPort: 81")
          .replace(/timeoutSeconds: \d+/, "timeoutSeconds: 280"),
      );
      await interruptAt(stack, /Guest one creating/, 4000);
      await stack.write(lab());
      await succeeds(stack.up());
      assert.ok(await pings(site.tower, "192.168.50.2"));
      await succeeds(stack.destroy());
      await nothingLeft(site);
    },
  });
});

function lab(subnet = 50): string {
  return program(
    `const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.${subnet}.1/24"] });`,
    'for (let i = 0; i < 20; i++) new kvm.Tap("tap" + i, { host, bridge: lan.name });',
    'const disk = new kvm.Disk("data", { host, sizeGiB: 0.125 });',
    `tiny("one", lan, "192.168.${subnet}.2/24", { disks: [disk] });`,
  );
}

/** Kills a run, and checks that all its processes, above all its provider, end within 3 s. */
async function killAt(
  stack: Stack,
  moment: RegExp,
  there: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  const run = await stack.start("up");
  await run.says(moment);
  await there();
  assert.notDeepEqual(await providers(stack), [], "it is running, and would be seen");
  run.kill();
  assert.equal((await run.result).code, 137);
  for (const end = performance.now() + 30_000; ; await sleep(100)) {
    const left = await stack.processes();
    if (Object.keys(left).length === 0) break;
    assert.ok(performance.now() < end, JSON.stringify(left));
  }
}

async function interruptAt(stack: Stack, moment: RegExp, later = 0): Promise<void> {
  const run = await stack.start("up");
  await run.says(moment);
  await sleep(later);
  run.interrupt();
  const { code, output } = await endsWithin(60, () => run.result);
  assert.notEqual(code, 0, output);
}

async function providers(stack: Stack): Promise<string[]> {
  return Object.values(await stack.processes()).filter((command) => command.includes("dynamic-provider"));
}

/** Our files and all links on the hypervisor. */
async function objects({ tower }: Site): Promise<string[]> {
  const found = await tower.exec(
    "ls /sys/class/net; find /var/lib/pulumi-kvm /etc/pulumi-kvm -type f ! -path '*/log/*'",
  );
  return found.split("\n").sort();
}
