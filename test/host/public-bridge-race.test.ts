import assert from "node:assert/strict";
import { lines, sh, text } from "../../provider/core/shell";
import { confirmationScript } from "../../provider/network-change/confirm";
import type { NetworkChange } from "../../provider/network-change/network-change";
import { stageScript } from "../../provider/network-change/stage";
import type { Hypervisor } from "../lab/hypervisor";
import { needsRoot, newTower } from "./site";

/** The first process to rename `armed` wins. The test runs the real scripts, on a change of an unused file. */
describe("a confirmation and a rollback at the same moment", () => {
  const races = 200;
  const lo = { device: "lo", addresses: ["127.0.0.1"], ways: [] };
  const [file, kept, folder] = ["/etc/race/file", "/etc/race/.file.pulumi-kvm-old", "/var/lib/pulumi-kvm"];
  const change: NetworkChange = {
    title: "the race",
    nic: "lo",
    withinSeconds: 600,
    swaps: [{ path: file, to: { content: "new", mode: 0o644 } }],
    forth: { leave: sh`:`, enter: sh`:` },
    back: { leave: sh`:`, enter: sh`:` },
    atBoot: sh`:`,
    claims: [],
    check: sh`:`,
    after: lo,
    before: lo,
    atFirstBoot: lo,
    rehearsal: { start: undefined, wished: lo, now: lo },
    byHand: sh`:`,
    record: sh`:`,
    confirmed: sh`:`,
    undone: sh`:`,
  };

  let tower: Hypervisor;
  before(async function () {
    needsRoot(this);
    tower = await newTower("race", { variant: "networkd" });
  });
  after(() => tower?.stop());

  it(`never both succeed and never both fail, in ${races} races`, async () => {
    const stage = text(sh`( set -eu; ${stageScript(change)} )`);
    const confirm = text(confirmationScript(change));
    // Each side starts late at times, by up to the duration of the other side.
    const race = text(
      lines(
        sh`printf %s ${stage} >/root/stage; printf %s ${confirm} >/root/confirm; mkdir -p /etc/race`,
        sh`
          export change_id=race
          printf old >${file}
          sh /root/stage >/dev/null
          until [ -d ${folder}/change/applied ]; do sleep 0.01; done
          systemctl stop pulumi-kvm-rollback-race.timer
          cp -a ${folder}/change /root/begun
          for round in $(seq ${races}); do
            rm -rf ${folder}/change ${folder}/change.failed
            mkdir -p ${folder}
            cp -a /root/begun ${folder}/change
            printf new >${file}
            printf old >${kept}
            ( sleep "0.0$((round % 7))"; sh /root/confirm | head -n 1 >/run/said ) &
            ( sleep "0.$((round / 2 % 5))$((round % 2 * 5))"; sh ${folder}/change/rollback.sh timer ) 2>/dev/null &
            wait
            echo "$(cat /run/said) $(cat ${file}) $([ ! -d ${folder}/change.failed ] || echo log)"
          done`,
      ),
    );
    const ends = (await tower.exec(race, { timeout: 280_000 })).trim().split("\n");
    const confirmed = ends.filter((end) => end.trim() === "confirmed new");
    const undone = ends.filter((end) => /^(rolling|undone|none) old log$/.test(end));
    console.log(`      ${confirmed.length} confirmed, ${undone.length} undone`);
    assert.equal(confirmed.length + undone.length, races, ends.join("\n"));
    assert.ok(confirmed.length > 0 && undone.length > 0, "it was no race");
  });
});
