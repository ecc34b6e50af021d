import assert from "node:assert/strict";
import { type Fault, faults } from "../campaign/faults";
import type { Moment } from "../campaign/moments";
import { limitSeconds, type Outcome, type Subject, subjectOf } from "../campaign/run";
import type { Hypervisor } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import { sampledTests } from "../sample";
import { newOwner, type Owner } from "./owner";
import { type BridgeSite, openBridgeSite } from "./public-bridge-site";
import { needsRoot } from "./site";

/** Moments of a change. Armed: it has begun. Applied: it is carried out, and waits for its confirmation. */
const [armed, applied] = ["armed", "applied"].map((name) => ({
  when: `[ -d /var/lib/pulumi-kvm/change/${name} ]`,
})) as [Moment, Moment];

/** What happens when a change fails: the host is reachable again with its old configuration, and says why. */
describe("a network change that fails", () => {
  let site: BridgeSite;
  let tower: Hypervisor;
  let anna: Owner;
  let subject: Subject;
  let atFirst: string;
  before(async function () {
    needsRoot(this);
    site = await openBridgeSite();
    tower = await site.tower("rollback", { variant: "networkd" });
    anna = await newOwner("rollback", "life/anna");
    await tower.settled();
    subject = await subjectOf(tower, anna);
    atFirst = await tower.snapshot();
  });
  after(() => site?.stop());

  async function goesBack(fault: Fault, said: RegExp): Promise<Outcome> {
    const outcome = await subject.suffer(fault);
    assert.deepEqual([outcome.state, outcome.unreachable < limitSeconds + 20], ["old", true]);
    assert.match(outcome.said, said);
    return outcome;
  }

  afterEach(async () => {
    for (const _ of ["create", "delete"]) await subject.heal();
    await anna.leave();
    await tower.settled();
    assert.deepEqual(difference(atFirst, await tower.snapshot()), []);
  });

  sampledTests("rollback", 4, {
    async "is rolled back by the host when the client cannot reach the host any more"() {
      await goesBack(
        faults.wrongGateway(),
        /Unable to create PublicBridge lab\/lan on rollback: the host rolled .* back and .*not confirmed within 10 s/s,
      );
    },

    async "is rolled back at once when a command fails"() {
      const { said } = await goesBack(
        faults.commandFails({ of: "networkctl", nth: 1 }),
        /networkctl: this call was made to fail[\s\S]*it failed with exit code 1/,
      );
      assert.doesNotMatch(said, /not confirmed within/);
    },

    async "is rolled back when its client is killed"() {
      await goesBack(faults.clientKilled(armed), /^$/);
    },

    async "is rolled back by a monotonic timer, which does not depend on the clock"() {
      let timer = "";
      const show = "systemctl show 'pulumi-kvm-rollback-*.timer' -p TimersMonotonic -p TimersCalendar -p AccuracyUSec";
      const happens = async (tower: Hypervisor) => {
        timer = await tower.exec(show);
      };
      await goesBack({ ...faults.wrongGateway(), at: applied, happens }, /not confirmed within 10 s/);
      assert.match(timer, /^TimersMonotonic=\{ OnActiveUSec=10s /m);
      assert.doesNotMatch(timer, /TimersCalendar/);
      assert.match(timer, /^AccuracyUSec=100ms$/m);
    },

    async "is rolled back before the network starts when the host reboots"() {
      const gone = faults.wrongGateway();
      await goesBack(
        { ...gone, ...faults.rebooted(applied) },
        /and has its old configuration[\s\S]*the host was restarted before it was confirmed/,
      );
    },

    async "succeeds in a second run when the power failed during its preparation"() {
      const prepared = { when: "[ -e /var/lib/pulumi-kvm/nics/host0/origin.json ]" };
      await goesBack(faults.powerCut(prepared), /was cut after a command was sent|restarted before it was confirmed/);
    },

    async "is rolled back on a full disk"() {
      await goesBack({ ...faults.wrongGateway(), ...faults.diskFull(applied) }, /and has its old configuration/);
    },

    async "does not begin when the disk is already full"() {
      const { before: shrink, happens: fill, ...rest } = faults.diskFull(0);
      const full = async (tower: Hypervisor) => {
        await shrink?.(tower);
        await fill?.(tower, () => undefined);
      };
      const { at: _at, ...already } = rest;
      await goesBack({ ...already, before: full }, /No space left on device|I\/O error/);
    },

    async "does not begin when another machine answers to a new address"() {
      const other = await site.tower("other", { variant: "networkd" });
      const args = () => ({ addresses: [`${tower.address}/24`, `${other.address}/24`] });
      await goesBack(
        { title: "an address twice", args },
        /another machine on the LAN answers to [0-9.]+\. Take another/,
      );
      await other.stop();
      // The counter-check: once that machine is off, nothing answers.
      const made = await anna.make("PublicBridge", "lab/lan", { nic: "host0", ...args() });
      assert.match(await tower.exec("ip -brief address show dev br-host0"), new RegExp(` ${other.address}/24`));
      await anna.remove(made);
    },

    async "makes the next run print the reason of the rollback"() {
      await goesBack(faults.commandFails({ of: "networkctl", nth: 1 }), /it failed/);
      const said: string[] = [];
      const { error } = console;
      console.error = (text: string) => void said.push(text);
      try {
        await anna.make("PublicBridge", "lab/lan", { nic: "host0", confirmWithinSeconds: limitSeconds });
      } finally {
        console.error = error;
      }
      assert.match(
        said.join("\n"),
        /the host rolled the last attempt back[\s\S]*networkctl: this call was made to fail/,
      );
    },
  });
});
