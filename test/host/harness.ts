import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import { testsBuildOnEachOther } from "../in-order";
import { type Release, stable } from "../lab/debian";
import type { Hypervisor, HypervisorOptions } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import { isSampled } from "../sample";
import { type Made, newOwner, type Owner, type Properties } from "./owner";
import { needsRoot, newTower } from "./site";

/** The tests that every kind has, on its own hypervisor. A kind's test file gives only what is specific to the kind. */
export interface Life {
  kind: string;
  /** A name for the case, when one kind has several. */
  title?: string;
  tower?: HypervisorOptions;
  /** Shell that prepares the host. */
  given?: string;
  args: Properties;
  /** Shell that prints the object. `there` matches the output, joined to one line, when the object exists. */
  look: string;
  there: RegExp;
  /** Updates in place. */
  changes?: { args: Properties; there: RegExp }[];
  /** Changes by another program, and the result of a refresh after each. */
  drifts: { by: string; found: Properties | "gone" }[];
  /** Whether two stacks may share the object, or the error for the second one. */
  second: "shared" | { refused: RegExp };
  /** An object of another program with the same name. */
  foreign?: { by: string; refused: RegExp; undo?: string };
}

/** Runs on the stable release. A full run also uses the older releases; every other run takes a sample of them. */
export function describeLife(life: Life): void {
  describeLifeOn(stable, life);
  for (const release of [12, 11] as const) {
    if (isSampled(`${nameOf(life)} on Debian ${release}`, 10)) describeLifeOn(release, life);
  }
}

function describeLifeOn(release: Release, life: Life): void {
  describe(`${life.kind}${life.title ? ` ${life.title}` : ""} on a hypervisor with Debian ${release}`, function () {
    testsBuildOnEachOther();
    const name = nameOf(life);
    const host = `${name}-${release}`;
    let tower: Hypervisor;
    let before: string;
    let anna: Owner;
    let made: Made;
    const printed = async () => oneLine(await tower.exec(life.look));
    const asWished = async (pattern = life.there) => {
      assert.match(await printed(), pattern);
      assert.deepEqual((await anna.refresh(made))?.inputs, made.inputs);
    };

    this.beforeAll(async function () {
      needsRoot(this);
      tower = await newTower(host, { release, ...life.tower });
      if (life.given) await tower.exec(provide, { input: life.given });
      before = await tower.snapshot();
      anna = await newOwner(host, "life/anna");
    });
    this.afterAll(() => tower?.stop());

    it("is created", async () => {
      assert.doesNotMatch(await printed(), life.there);
      made = await anna.make(life.kind, `lab/${name}`, life.args);
      await asWished();
    });

    it("is unchanged when it is created again", async () => {
      const [files, object] = [await touched(tower), await printed()];
      const again = await anna.make(life.kind, `lab/${name}`, life.args);
      assert.deepEqual({ ...again.outs, revision: "" }, { ...made.outs, revision: "" });
      assert.deepEqual([await touched(tower), await printed()], [files, object]);
    });

    for (const { args, there } of life.changes ?? []) {
      it(`is updated in place to ${JSON.stringify(args)}`, async () => {
        made = await anna.update(made, args);
        await asWished(there);
      });
    }

    for (const { by, found } of life.drifts) {
      it(`shows drift in a refresh and is repaired by an update, after ${by.split("\n")[0]}`, async () => {
        const wished = life.changes?.at(-1) ?? life;
        await tower.exec(by);
        const seen = await anna.refresh(made);
        assert.deepEqual(seen?.inputs ?? "gone", found === "gone" ? "gone" : plain({ ...made.inputs, ...found }));
        made = seen ? await anna.update(seen, wished.args) : await anna.make(life.kind, `lab/${name}`, wished.args);
        await asWished(wished.there);
      });
    }

    it("exists again after a reboot, without a run of Pulumi", async () => {
      const { there } = life.changes?.at(-1) ?? life;
      await tower.reboot();
      closeTransports();
      await asWished(there);
    });

    it(life.second === "shared" ? "is shared with a second stack" : "is refused for a second stack", async () => {
      const ben = await newOwner(host, "life/ben");
      const { args, there } = life.changes?.at(-1) ?? life;
      if (life.second === "shared") {
        const his = await ben.make(life.kind, `lab/${name}`, args);
        await ben.remove(his);
      } else {
        await assert.rejects(ben.make(life.kind, `lab/${name}`, args), life.second.refused);
      }
      await ben.leave();
      await asWished(there);
    });

    it("is deleted, and a second delete succeeds", async () => {
      await anna.remove(made);
      assert.doesNotMatch(await printed(), life.there);
      await anna.remove(made);
    });

    const { foreign } = life;
    if (foreign) {
      it("is refused when it belongs to another program, unless adopt is true", async () => {
        await tower.exec(foreign.by);
        const theirs = await printed();
        await assert.rejects(anna.make(life.kind, `lab/${name}`, life.args), foreign.refused);
        assert.equal(await printed(), theirs);
        made = await anna.make(life.kind, `lab/${name}`, { ...life.args, adopt: true });
        await asWished();
        await anna.remove(made);
        if (foreign.undo) await tower.exec(foreign.undo);
      });
    }

    it("leaves nothing", async () => {
      await anna.leave();
      assert.deepEqual(difference(before, await tower.snapshot()), []);
    });
  });
}

/** The path of the resource, and the first part of its hypervisor's name. */
function nameOf({ kind, title }: Life): string {
  return `${kind} ${title ?? ""}`
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
}

/** The output on one line, without the comments of iptables-save, which hold the time. */
function oneLine(output: string): string {
  return output.replaceAll(/^#.*$/gm, "").trim().replaceAll(/\s+/g, " ");
}

/**
 * All our files with their times, so that a rewritten file shows. Waits for the boot unit, which may still be running.
 */
async function touched(tower: Hypervisor): Promise<string> {
  await tower.exec('while [ "$(systemctl is-active pulumi-kvm-boot)" = activating ]; do sleep 0.1; done');
  return tower.exec(
    "find /var/lib/pulumi-kvm /etc/pulumi-kvm /etc/systemd/system -type f -printf '%p %T@ %i\\n' | sort",
  );
}

/** The record without undefined values. */
function plain(record: Properties): Properties {
  return JSON.parse(JSON.stringify(record));
}

/** Runs the given script now, and at each boot before our boot unit: it prepares the host. */
export const provide = `cat >/root/given
printf '%s\\n' '[Unit]' After=network.target Before=pulumi-kvm-boot.service \
  '[Service]' Type=oneshot RemainAfterExit=yes 'ExecStart=/bin/sh /root/given' \
  '[Install]' WantedBy=multi-user.target >/etc/systemd/system/given.service
systemctl daemon-reload
systemctl enable --quiet --now given`;
