import assert from "node:assert/strict";
import type { Wanted } from "../../../provider/core/kind";
import { bootUnitPath } from "../../../provider/host-state/paths";
import { kindOf, kinds } from "../../../provider/kinds";
import { viewOf } from "../../../provider/reconcile/host-view";
import { ensure } from "../../../provider/reconcile/reconcile";
import { cases } from "../../contract/cases";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { checked, tower } from "../support/given";

/**
 * systemd begins with umask 022, and the provider's scripts with 077. The mode of a file must not depend on who wrote it first.
 */
describe("a file that both boot scripts and runs write", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const modes = async () => {
    const { stdout } = await machine.run(
      "find /etc/pulumi-kvm /var/lib/pulumi-kvm /run -type f -exec stat -c '%a %n' {} + | sort -k 2",
    );
    return stdout.trim().split("\n");
  };

  /** Runs the unit's command as systemd does, after a reboot that emptied /run. */
  async function boot(): Promise<void> {
    machine.reboot();
    const [, command = ""] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(machine.read(bootUnitPath)) ?? [];
    await machine.run(`rm -f /run/pulumi-kvm*; umask 022; ${command.replaceAll("$$", "$")}`);
  }

  for (const { name } of kinds.filter(({ boot }) => boot !== undefined)) {
    it(`has the same mode after a boot as after a run, when ${name} wrote it`, async () => {
      machine.write("/proc/sys/net/ipv4/ip_forward", "0\n");
      cases[name]?.seed?.(machine);
      const view = viewOf(tower, async () => transportTo(machine));
      await ensure(view, kindOf(name), checked<Wanted>(name, "lab/one", cases[name]?.args ?? {}));
      const before = await modes();
      await boot();
      assert.deepEqual(await modes(), before);
      assert.ok(before.length > 2, before.join());
    });
  }
});
