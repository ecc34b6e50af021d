import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import { testsBuildOnEachOther } from "../in-order";
import { type Release, stable } from "../lab/debian";
import type { Hypervisor, HypervisorOptions } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import { isSampled } from "../sample";
import { type Made, newOwner, type Owner, type Properties } from "./owner";
import { needsRoot, newTower } from "./site";

/** The life that every kind has, against a hypervisor of its own: a kind's test says only what is its own. */
export interface Life {
  kind: string;
  /** What is tried, when one kind has several lives. */
  title?: string;
  tower?: HypervisorOptions;
  /** Shell that makes what the object stands on. */
  given?: string;
  args: Properties;
  /** Shell that prints the object, and what it prints when it is there, on one line. */
  look: string;
  there: RegExp;
  /** In place. */
  changes?: { args: Properties; there: RegExp }[];
  /** Behind our back, and what a refresh says then. */
  drifts: { by: string; found: Properties | "gone" }[];
  /** What two stacks may have at once, or why not. */
  second: "shared" | { refused: RegExp };
  /** Somebody else's object of the same name. */
  foreign?: { by: string; refused: RegExp; undo?: string };
}

/** On the stable release, and on older ones in a full run, of which each run tries some. */
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

    it("is made", async () => {
      assert.doesNotMatch(await printed(), life.there);
      made = await anna.make(life.kind, `lab/${name}`, life.args);
      await asWished();
    });

    it("is there when it is made again, and nothing is touched", async () => {
      const [files, object] = [await touched(tower), await printed()];
      const again = await anna.make(life.kind, `lab/${name}`, life.args);
      assert.deepEqual({ ...again.outs, revision: "" }, { ...made.outs, revision: "" });
      assert.deepEqual([await touched(tower), await printed()], [files, object]);
    });

    for (const { args, there } of life.changes ?? []) {
      it(`is changed in place to ${JSON.stringify(args)}`, async () => {
        made = await anna.update(made, args);
        await asWished(there);
      });
    }

    for (const { by, found } of life.drifts) {
      it(`drifts by ${by.split("\n")[0]}`, async () => {
        const wished = life.changes?.at(-1) ?? life;
        await tower.exec(by);
        const seen = await anna.refresh(made);
        assert.deepEqual(seen?.inputs ?? "gone", found === "gone" ? "gone" : plain({ ...made.inputs, ...found }));
        made = seen ? await anna.update(seen, wished.args) : await anna.make(life.kind, `lab/${name}`, wished.args);
        await asWished(wished.there);
      });
    }

    it("is back after a reboot, with no run of ours", async () => {
      const { there } = life.changes?.at(-1) ?? life;
      await tower.reboot();
      closeTransports();
      await asWished(there);
    });

    it("is given to a second stack as it should be", async () => {
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

    it("goes, and is gone", async () => {
      await anna.remove(made);
      assert.doesNotMatch(await printed(), life.there);
      await anna.remove(made);
    });

    const { foreign } = life;
    if (foreign) {
      it("leaves alone what is somebody else's, until it is told to adopt it", async () => {
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

/** The path of what is made, and the first part of its hypervisor's name. */
function nameOf({ kind, title }: Life): string {
  return `${kind} ${title ?? ""}`
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
}

/** Without the remarks of iptables-save, which hold the time. */
function oneLine(output: string): string {
  return output.replaceAll(/^#.*$/gm, "").trim().replaceAll(/\s+/g, " ");
}

/** Everything of ours with its times: a file that is written again shows. The boot unit, once installed, runs by itself. */
async function touched(tower: Hypervisor): Promise<string> {
  await tower.exec('while [ "$(systemctl is-active pulumi-kvm-boot)" = activating ]; do sleep 0.1; done');
  return tower.exec(
    "find /var/lib/pulumi-kvm /etc/pulumi-kvm /etc/systemd/system -type f -printf '%p %T@ %i\\n' | sort",
  );
}

/** Without what is undefined. */
function plain(record: Properties): Properties {
  return JSON.parse(JSON.stringify(record));
}

/** Does what it is given now, and before our own boot unit at each boot: what an object stands on. */
export const provide = `cat >/root/given
printf '%s\\n' '[Unit]' After=network.target Before=pulumi-kvm-boot.service \
  '[Service]' Type=oneshot RemainAfterExit=yes 'ExecStart=/bin/sh /root/given' \
  '[Install]' WantedBy=multi-user.target >/etc/systemd/system/given.service
systemctl daemon-reload
systemctl enable --quiet --now given`;
