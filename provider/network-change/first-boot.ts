// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh, text } from "../core/shell";
import { changeFolder, failedFolder, nicFolder, stateFolder } from "../host-state/paths";
import { keepDetection, withDetection } from "./address-detection";
import { holdsAll, missing } from "./expected-state";
import type { Swap } from "./file-swap";
import { guardPath, guardWants } from "./guard-unit";
import type { NetworkChange } from "./network-change";
import { bootFolder } from "./units";

/**
 * A confirmation proves the running configuration. It does not prove what the network manager makes of the files at the
 * next boot. So the rollback stays possible until the host has booted once with them. `change.boot` has the last
 * configuration that the host booted with (`old/`, `record/`) and the scripts that restore it. It also has `judge.sh`,
 * which a unit runs after the first boot.
 */
export const firstBootPath = "/etc/systemd/system/pulumi-kvm-first-boot.service";
const firstBootWants = "/etc/systemd/system/multi-user.target.wants/pulumi-kvm-first-boot.service";

const judgePath = `${bootFolder}/judge.sh`;

/** KillMode=process: a DHCP client that the network manager starts during a rollback outlives the unit. */
const firstBootUnit = `[Unit]
Description=Puts the old configuration of the network back when the new one does not boot (pulumi-kvm)
After=network.target

[Service]
Type=simple
KillMode=process
ExecStart=/bin/sh -c '[ ! -e ${judgePath} ] || exec /bin/sh ${judgePath}; rm -f ${firstBootPath} ${firstBootWants}'

[Install]
WantedBy=multi-user.target
`;

/**
 * Prepares everything before the change; later steps only rename. Changes may be in the same files. So all changes
 * before the next boot share one rollback, to the configuration before the first of them. Each NIC has its own part in
 * it.
 */
export function stageFirstBoot(staging: string, change: NetworkChange): Sh {
  const boot = `${staging}/boot`;
  const part = partOf(boot, change.nic);
  const script = (path: string, content: Sh) => lines(sh`printf '%s\n' ${text(content)} >${path}`, sh`sh -n ${path}`);
  return lines(
    sh`
      if [ -e ${judgePath} ]; then sh ${judgePath} now || :; fi
      if [ -d ${bootFolder} ]; then cp -a ${bootFolder} ${boot}; else mkdir -p ${boot}/old ${boot}/nics; fi
      if [ ! -d ${part} ]; then
        mkdir ${part}
        : >${part}/paths
        if [ -d ${nicFolder(change.nic)} ]; then cp -a ${nicFolder(change.nic)} ${part}/record; fi
        ${script(`${part}/enter.sh`, enterScript(change))}
        ${script(`${part}/at-boot.sh`, change.atBoot)}
      fi
      cp ${staging}/boot_id ${staging}/id ${boot}
      printf '%s\n' ${change.title} >${part}/title
      printf '%s\n' ${missing(change.atFirstBoot)} >${part}/missing
      printf '%s\n' ${change.withinSeconds} >${part}/seconds`,
    ...change.swaps.map((swap) => save(boot, part, swap)),
    script(`${part}/holds.sh`, holdsAll(change.atFirstBoot)),
    script(`${part}/leave.sh`, change.back.leave),
    script(`${boot}/rollback.sh`, rollbackScript),
    script(`${boot}/judge.sh`, judgeScript),
    sh`
      printf %s ${firstBootUnit} >${firstBootPath}
      mkdir -p ${folderOf(firstBootWants)}
      ln -sf ${firstBootPath} ${firstBootWants}`,
  );
}

/**
 * Hands the rollback of a confirmed change over to the first boot. When all files are those that the host booted with,
 * nothing is left to prove, and the rollback is deleted.
 */
export const handOver: Sh = sh`
  if [ -d ${changeFolder}/boot ]; then
    rm -rf ${bootFolder}
    is_proved=yes
    cat ${changeFolder}/boot/nics/*/paths >${changeFolder}/boot/paths
    while read -r path; do
      if [ -e "$path" ] || [ -e ${changeFolder}/boot/old"$path" ]; then
        cmp -s "$path" ${changeFolder}/boot/old"$path" || is_proved=
      fi
    done <${changeFolder}/boot/paths
    if [ -n "$is_proved" ]; then rm -rf ${changeFolder}/boot; else mv -T ${changeFolder}/boot ${bootFolder}; fi
  fi`;

/**
 * Deletes the part of a NIC that has its old configuration again. It needs no proof, because the host booted with these
 * files before. The parts of other NICs stay.
 */
export function withoutProof(nic: string): Sh {
  const boot = `${changeFolder}/boot`;
  return sh`
    rm -rf ${[partOf(boot, nic), bootFolder]}
    [ -n "$(ls ${boot}/nics 2>/dev/null)" ] || rm -rf ${boot}`;
}

/** Removes the units, unless they may still have something to do. */
export const tidyUnits: Sh = sh`
  [ -d ${bootFolder} ] || [ -d ${changeFolder} ] || rm -f ${[guardPath, guardWants, firstBootPath, firstBootWants]}`;

/** Saves a file that no part lists yet. Such a file is still as the host booted with it. */
function save(boot: string, part: string, { path }: Swap): Sh {
  const old = `${boot}/old${path}`;
  return sh`
    if ! cat ${boot}/nics/*/paths | grep -qxF ${path}; then
      rm -rf ${old}
      mkdir -p ${folderOf(old)}
      if [ -e ${path} ]; then cp -a ${path} ${old}; fi
    fi
    grep -qxF ${path} ${part}/paths || printf '%s\n' ${path} >>${part}/paths`;
}

function partOf(boot: string, nic: string): string {
  return `${boot}/nics/${nic}`;
}

/**
 * Rolls back when the first boot lacks the expected state for too long. Time without a carrier does not count, because
 * no configuration works without one. Success needs three tests in a row, because a state may only be transient. $1
 * "now": one test is enough, because a client has logged in; there is no rollback.
 */
const judgeScript: Sh = sh`
  judged=$(cat ${bootFolder}/boot_id) || exit 0
  [ "$judged" != "$(cat /proc/sys/kernel/random/boot_id)" ] || exit 0
  tries=0
  held=0
  until [ $held -ge 3 ]; do
    lacking=
    for part in ${bootFolder}/nics/*; do sh "$part/holds.sh" || { lacking=$part; break; }; done
    if [ -z "$lacking" ]; then
      held=$((held + 1))
      [ "$1" != now ] || break
    else
      [ "$1" != now ] || exit 1
      held=0
      [ "$(cat /sys/class/net/"\${lacking##*/}"/carrier 2>/dev/null)" = 0 ] || tries=$((tries + 1))
      limit=$(cat "$lacking/seconds")
      if [ $tries -gt "$limit" ]; then
        # Somebody who changes the network now, or has meanwhile, got in. Then this is not for us to decide.
        [ "$(cat ${bootFolder}/boot_id)" = "$judged" ] || exit 0
        why="the first boot with it: $(cat "$lacking/missing") within $limit s"
        mv -T ${bootFolder} ${changeFolder} || exit 0
        exec /bin/sh ${changeFolder}/rollback.sh "$why"
      fi
    fi
    sleep 1
  done
  [ "$(cat ${bootFolder}/boot_id)" = "$judged" ] || exit 0
  rm -rf ${bootFolder}
  ${tidyUnits}
  rmdir ${stateFolder} 2>/dev/null || :`;

/**
 * Continues after errors, and can start again. $1 is the reason. "boot": a reboot interrupted it, and the network is
 * not up yet.
 */
const rollbackScript: Sh = sh`
  cd ${changeFolder} || exit 0
  set +e
  if { : >>log; } 2>/dev/null; then exec >>log 2>&1; fi
  exec </dev/null
  mkdir -p rolling
  cat nics/*/title >title
  if [ "$1" = boot ]; then
    echo "undone: the host was restarted while it was put back"
  else
    echo "undone: $1"
    ip -brief address; ip -4 route; ip -6 route
    set -x
    for part in nics/*; do . "./$part/leave.sh"; done
    set +x
  fi
  sort -u nics/*/paths >paths
  while read -r path; do
    if [ -e "old$path" ]; then
      fresh="\${path%/*}/.\${path##*/}.pulumi-kvm-new"
      mkdir -p "\${path%/*}"
      cp -a "old$path" "$fresh" && mv -fT "$fresh" "$path"
    else
      rm -f "$path"
      case \${path%/*} in *.d) rmdir "\${path%/*}" 2>/dev/null ;; esac
    fi
  done <paths
  for part in nics/*; do
    rm -rf ${nicFolder("")}"\${part##*/}"
    if [ -d "$part/record" ]; then mkdir -p ${nicFolder("")}; cp -a "$part/record" ${nicFolder("")}"\${part##*/}"; fi
  done
  rmdir ${nicFolder("")} 2>/dev/null
  for part in nics/*; do if [ "$1" = boot ]; then . "./$part/at-boot.sh"; else . "./$part/enter.sh"; fi; done
  rmdir rolling
  rm -rf ${failedFolder}
  mv -T ${changeFolder} ${failedFolder}
  ${tidyUnits}
  [ ! -d ${changeFolder} ]`;

/** Restores the state from before the first of the changes. */
function enterScript({ back, before, after, byHand }: NetworkChange): Sh {
  const devices = ["default", before.device, after.device];
  return sh`
    ${keepDetection(changeFolder, devices)}
    set -x
    ${back.enter}
    set +x
    ${untilBack(before, byHand)}
    ${withDetection(changeFolder, devices)}`;
}

/** Gives the network manager ten seconds. Then it restores the state without the network manager. */
export function untilBack(before: NetworkChange["before"], byHand: Sh): Sh {
  return sh`
    tries=0
    until ${holdsAll(before)}; do
      tries=$((tries + 1))
      if [ $tries -gt 50 ]; then
        echo "the host's own tools did not bring it back: by hand"
        set -x
        ${byHand}
        set +x
        break
      fi
      sleep 0.2
    done`;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
