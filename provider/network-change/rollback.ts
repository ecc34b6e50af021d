// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { type Sh, sh } from "../core/shell";
import { changeFolder, failedFolder } from "../host-state/paths";
import { withDetection } from "./address-detection";
import { swapFilesBack, tidyFolders, unstageFiles } from "./file-swap";
import { tidyUnits, untilBack } from "./first-boot";
import type { NetworkChange } from "./network-change";
import { applyUnit, confirmPath, rollbackUnit } from "./units";

/**
 * The rollback of a change that was not confirmed. It runs by its timer, after a failure, by `undoScript`, or at boot.
 */

/** Continues after errors. $1 is the reason. "boot": the network is not up yet. */
export function rollbackScript({ back, swaps, atBoot, before, after, byHand, undone }: NetworkChange): Sh {
  return sh`
    cd ${changeFolder} || exit 0
    set +e
    change_id=$(cat id)
    if { : >>log; } 2>/dev/null; then exec >>log 2>&1; fi
    exec </dev/null
    if [ -d confirmed ]; then sh ${confirmPath}; [ ! -d ${changeFolder} ]; exit; fi
    mv -T armed rolling 2>/dev/null || [ -d rolling ] || exit 0
    if [ "$1" = boot ]; then
      echo "undone: the host was restarted before it was confirmed"
      ${swapFilesBack(swaps)}
      ${atBoot}
    else
      if [ -d failed ]; then echo "undone: it failed"; elif [ -d unfit ]; then echo "undone: it is not what it should be"; else echo "undone: $1"; fi
      systemctl kill --signal=KILL ${applyUnit}.service 2>/dev/null
      set -x
      ${back.leave}
      ${swapFilesBack(swaps)}
      ${back.enter}
      set +x
      ${untilBack(before, byHand)}
      ${withDetection(changeFolder, ["default", before.device, after.device])}
    fi
    ${unstageFiles(swaps)}
    ${tidyFolders(swaps)}
    ${undone}
    rmdir applying applied failed unfit 2>/dev/null
    rm -rf boot
    rm -rf ${failedFolder}
    mv -T ${changeFolder} ${failedFolder}
    ${tidyUnits}
    [ -d ${changeFolder} ] || [ "$1" = boot ] || systemctl stop ${rollbackUnit}.timer 2>/dev/null
    [ ! -d ${changeFolder} ]`;
}

/** Rolls back now. A rename needs no disk space. */
export const undoScript: Sh = sh`
  mv -T ${changeFolder}/applied ${changeFolder}/unfit
  systemctl start --no-block ${rollbackUnit}.service`;
