import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkout } from "../../tools/checkout.js";
import { testsBuildOnEachOther } from "../in-order.js";
import type { Hypervisor } from "../lab/hypervisor.js";
import type { Lab } from "../lab/lab.js";
import { difference } from "../lab/snapshot.js";
import { sampleOf } from "../sample.js";
import { readIdentity, recordedLab, recordedTower } from "../states/host.js";
import { oldStacks } from "../states/programs.js";
import { changes, succeeds } from "./expect.js";
import { hosts } from "./site.js";
import { makeStack, type Stack } from "./stack.js";

const recorded = join(checkout, "test/fixtures/states");
const commits = readdirSync(recorded, { withFileTypes: true }).filter((entry) => entry.isDirectory());

/** A user with an earlier version: the state, and the host that this version left. */
for (const { name: commit } of commits) {
  for (const old of sampleOf(`older states of ${commit}`, oldStacks)) {
    describe(`a stack ${old.name} of commit ${commit}`, () => {
      testsBuildOnEachOther();
      const folder = join(recorded, commit, old.name);
      let lab: Lab;
      let tower: Hypervisor;
      let stack: Stack;
      let atFirst: string;

      before(async () => {
        lab = await recordedLab();
        tower = await recordedTower(lab, old, await readIdentity(folder));
        atFirst = await tower.snapshot();
        await tower.exec("base64 --decode | tar --extract --gzip --directory=/", {
          input: await readFile(join(folder, "files.tar.gz.base64"), "utf8"),
        });
        await tower.reboot();
        await tower.settled();
        stack = await makeStack({ folder: lab.folder, program: old.program, env: hosts(lab, tower) });
        await stack.import(join(folder, "state.json"));
      });
      after(() => lab?.stop());

      it("is unchanged in a refresh and an up", async () => {
        await changes(stack.refresh(), {});
        await changes(stack.up(), {});
      });

      it("is updated in place", async () => {
        await stack.write(old.changed);
        await changes(stack.up(), old.changes);
        await changes(stack.refresh(), {});
      });

      it("is destroyed, and leaves nothing", async () => {
        await succeeds(stack.destroy());
        assert.deepEqual(difference(atFirst, await tower.snapshot()), []);
      });
    });
  }
}
