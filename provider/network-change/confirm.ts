// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh } from "../core/shell";
import { changeFolder, failedFolder, stateFolder } from "../host-state/paths";
import { withDetection } from "./address-detection";
import { holdsAll, missing } from "./expected-state";
import { tidyFolders, unstageFiles } from "./file-swap";
import { handOver, tidyUnits } from "./first-boot";
import { gatewayFunctions } from "./gateway-check";
import type { NetworkChange } from "./network-change";
import { confirmPath, doneFolder, rollbackUnit } from "./units";

/** The confirmation of a change: a client logged in after the change, and the network works. */

/**
 * Runs after the decision, and removes what only the rollback needed. It restores address detection only now, because a
 * network manager may remove an address and add it again after its command has returned.
 */
export function confirmScript({ swaps, confirmed, before, after }: NetworkChange): Sh {
  return lines(
    withDetection(changeFolder, [before.device, after.device]),
    sh`set -e`,
    unstageFiles(swaps),
    tidyFolders(swaps),
    confirmed,
    handOver,
    // Removes the folder by one rename. The next run could not finish a half-deleted folder, nor tell it from a pending
    // change. The guard goes after it: when the power fails in between, the guard cleans up at the next boot.
    sh`rm -rf ${doneFolder}; mv -T ${changeFolder} ${doneFolder}`,
    sh`{ ${tidyUnits}; } || { mv -T ${doneFolder} ${changeFolder}; exit 1; }`,
    sh`rm -rf ${doneFolder}`,
    sh`rmdir ${[`${stateFolder}/nics`, stateFolder]} 2>/dev/null || :`,
  );
}

/** An interrupted confirmation still counts. The rollback timer, the guard at boot, or the next run finishes it. */
export const finishConfirmed: Sh = sh`
  rm -rf ${doneFolder}
  if [ -d ${changeFolder}/confirmed ]; then sh ${confirmPath} 2>/dev/null || :; fi`;

/**
 * Confirms the change if the network works. `$change_id` identifies the attempt. The script prints its state on the first
 * line, as a later login sees it: applying, waiting, confirmed, rolling, undone or none. Then it prints the reason or the
 * log.
 */
export function confirmationScript({ after }: Pick<NetworkChange, "after">): Sh {
  return sh`
    ${gatewayFunctions}
    if [ "$(cat ${failedFolder}/id 2>/dev/null)" = "$change_id" ]; then echo undone; cat ${failedFolder}/log; exit 0; fi
    if [ "$(cat ${changeFolder}/id 2>/dev/null)" != "$change_id" ]; then echo none; exit 0; fi
    cd ${changeFolder}
    if [ "$(cat boot_id)" != "$(cat /proc/sys/kernel/random/boot_id)" ] || [ -d rolling ]; then echo rolling; exit 0; fi
    if [ -d failed ] || [ -d unfit ]; then echo rolling; exit 0; fi
    if [ ! -d applied ]; then echo applying; exit 0; fi
    deaf=$(silent ${after.device} | grep -vxF -f silent) || :
    if [ -n "$deaf" ]; then echo waiting; echo "the gateway $(echo $deaf) does not answer"; exit 0; fi
    if ! { ${holdsAll(after)}; }; then echo waiting; echo ${missing(after)}; exit 0; fi
    sync . 2>/dev/null || :
    if ! mv -T armed confirmed 2>/dev/null; then echo rolling; exit 0; fi
    sync . 2>/dev/null || :
    # The guard or the timer may be at it already: whoever comes second finds nothing left to do.
    sh ${confirmPath} 2>/dev/null || :
    [ -d ${changeFolder} ] || systemctl stop ${rollbackUnit}.timer 2>/dev/null || :
    echo confirmed`;
}
