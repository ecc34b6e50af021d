// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh, text } from "../core/shell";
import { changeFolder, failedFolder, nicFolder, stateFolder } from "../host-state/paths";
import { keepDetection } from "./address-detection";
import { confirmScript, finishConfirmed } from "./confirm";
import { holdsAll, missing } from "./expected-state";
import { stageFiles, swapFiles, tidyFolders, unstageFiles } from "./file-swap";
import { firstBootPath, stageFirstBoot, tidyUnits } from "./first-boot";
import { gatewayFunctions } from "./gateway-check";
import { guardPath, guardUnit, guardWants } from "./guard-unit";
import type { NetworkChange } from "./network-change";
import { rehearse } from "./rehearsal";
import { rollbackScript } from "./rollback";
import { applyPath, applyUnit, bootFolder, confirmPath, doneFolder, rollbackPath, rollbackUnit } from "./units";

/** Stages the change, arms the rollback, and begins. `$change_id` identifies the attempt. Cleans up when it fails. */
export function stageScript(change: NetworkChange): Sh {
  const staging = `${changeFolder}.new`;
  const at = (path: string) => path.replace(changeFolder, staging);
  const script = (path: string, content: Sh) =>
    lines(sh`printf '%s\n' ${text(content)} >${at(path)}`, sh`sh -n ${at(path)}`);
  return lines(
    finishConfirmed,
    sh`
      if [ -d ${changeFolder} ]; then
        echo "another change of its network waits for its confirmation: $(cat ${changeFolder}/title)" >&2
        exit 1
      fi
      rm -rf ${staging}
      give_up() { ${unstageFiles(change.swaps)}; ${tidyFolders(change.swaps)}; ${change.undone}; rm -rf ${staging}; ${tidyUnits}; }
      begun=
      trap '[ -n "$begun" ] || give_up' EXIT
      mkdir -p -m 711 ${stateFolder}
      mkdir -m 700 ${staging}
      printf '%s\n' "$change_id" >${at(`${changeFolder}/id`)}
      printf '%s\n' ${change.title} >${at(`${changeFolder}/title`)}
      cat /proc/sys/kernel/random/boot_id >${at(`${changeFolder}/boot_id`)}
      mkdir ${[at(`${changeFolder}/applying`), at(`${changeFolder}/armed`)]}`,
    script(applyPath, applyScript(change)),
    script(rollbackPath, rollbackScript(change)),
    script(confirmPath, confirmScript(change)),
    // Before `change.record`, because stageFirstBoot saves the old record.
    stageFirstBoot(staging, change),
    change.record,
    stageFiles(change.swaps),
    change.check,
    rehearse(staging, change.swaps, change.rehearsal),
    keepDetection(staging, [change.before.device, change.after.device]),
    gatewayFunctions,
    ...change.claims.map(
      (address) => sh`
        if answers ${address} ${change.before.device}; then
          echo ${`another machine on the LAN answers to ${address}. Take another address, or set addressConflict: "ignore"`} >&2
          exit 1
        fi`,
    ),
    sh`silent ${change.before.device} >${at(`${changeFolder}/silent`)}`,
    sh`printf %s ${guardUnit(rollbackPath, doneFolder, bootFolder)} >${guardPath}`,
    sh`mkdir -p ${guardWants.slice(0, guardWants.lastIndexOf("/"))}; ln -sf ${guardPath} ${guardWants}`,
    sh`
      # Room for what it says of itself: on a full disk it would say nothing.
      head -c 16384 /dev/zero >${at(`${changeFolder}/log`)}
      # The record of the NIC too: without it, nothing could restore the NIC.
      find ${[staging, nicFolder(change.nic)]} -type f -exec sync {} + 2>/dev/null || :
      sync ${guardPath} ${firstBootPath} ${staging} 2>/dev/null || :
      : >${at(`${changeFolder}/log`)}
      rm -rf ${failedFolder}
      mv -T ${staging} ${changeFolder}`,
    arm(change),
  );
}

/**
 * systemd counts the time limit, with a monotonic clock. KillMode=process: a daemon that the network manager starts (a
 * DHCP client) outlives our script. After a failure, systemd starts the rollback again until it succeeds.
 */
function arm({ withinSeconds }: NetworkChange): Sh {
  return sh`
    if ! systemd-run --quiet --unit=${rollbackUnit} --on-active=${withinSeconds} --timer-property=AccuracySec=100ms \
      --property=KillMode=process --property=Restart=on-failure --property=RestartSec=2 --collect \
      /bin/sh ${rollbackPath} "not confirmed within ${withinSeconds} s"; then
      rm -rf ${changeFolder}
      exit 1
    fi
    sync ${changeFolder} 2>/dev/null || :
    begun=yes
    if ! systemd-run --quiet --unit=${applyUnit} --property=KillMode=process --collect /bin/sh ${applyPath}; then
      systemctl start --no-block ${rollbackUnit}.service
    fi
    echo armed`;
}

/** Rolls back at once when a command fails, or when the expected state does not come up in half of `withinSeconds`. */
function applyScript({ forth, swaps, after, withinSeconds }: NetworkChange): Sh {
  return sh`
    cd ${changeFolder} || exit
    change_id=$(cat id)
    exec >>log 2>&1 </dev/null
    ( set -eux
    ${forth.leave}
    ${swapFiles(swaps)}
    ${forth.enter}
    ); rc=$?
    if [ $rc = 0 ]; then
      tries=0
      until ${holdsAll(after)}; do
        tries=$((tries + 1))
        if [ $tries -gt ${Math.floor(withinSeconds * 2.5)} ]; then
          echo ${missing(after)}
          rc=1
          break
        fi
        sleep 0.2
      done
    fi
    if [ $rc = 0 ]; then
      mv -T applying applied
      exit 0
    fi
    echo "it failed with exit code $rc"
    mv -T applying failed
    systemctl start --no-block ${rollbackUnit}.service`;
}
