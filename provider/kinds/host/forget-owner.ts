import type { HostRef } from "../../core/host-ref";
import { type Plan, run, steps } from "../../core/kind";
import { lines, sh } from "../../core/shell";
import { removeTemporaries } from "../../host-state/atomic-write";
import { ownerPath } from "../../host-state/owner-record";
import { changeFolder, failedFolder, lockPath, stateFolder } from "../../host-state/paths";
import type { Records } from "../../host-state/records.fact";
import { finishConfirmed } from "../../network-change/confirm";
import { tidyUnits } from "../../network-change/first-boot";

/** Removes the last object of a stack on a host: the record of its owner. */
export function noOwnerPlan(host: HostRef, records: Records): Plan {
  return steps(ownerPath(host) in records && run("forget the owner", unregister(host)));
}

function unregister({ uid }: HostRef) {
  const own = `${stateFolder}/owners/${uid}`;
  const folders = ["objects", "owners", "shared"].map((folder) => `${stateFolder}/${folder}`);
  return lines(
    finishConfirmed,
    sh`
      # Of a change of the network that came to nothing: nobody is left who would ask for it.
      rm -rf ${[failedFolder, `${changeFolder}.new`]}
      ${tidyUnits}
      ${removeTemporaries(`${stateFolder}/objects/${uid}`)}
      ${removeTemporaries(`${stateFolder}/owners`)}
      rm -f ${`${own}.json`} ${`${own}.key`} ${`${own}.key.pub`} ${lockPath}
      rmdir ${`${stateFolder}/objects/${uid}`} ${folders} ${stateFolder} 2>/dev/null || :`,
  );
}
