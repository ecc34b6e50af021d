// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import type { Kind, Plan, Wanted } from "../core/kind";
import { run, steps } from "../core/kind";
import { sha256 } from "../core/names";
import { lines, sh, text } from "../core/shell";
import { removeTemporaries, writeFile } from "./atomic-write";
import { isRecorded } from "./manifest";
import {
  againUnit,
  againUnitPath,
  bootFolder,
  bootUnit,
  bootUnitPath,
  bootUnitWanted,
  firewallServices,
  lockPath,
} from "./paths";
import type { Records } from "./records.fact";

/**
 * Each object that must survive a reboot has a boot script: the same steps that made it. One oneshot unit runs the scripts
 * in order, before the guests. It may run at any time, because every step tests what it changes.
 */

/**
 * Waits for the lock of a run of Pulumi, but not for ever: that run may wait for this unit, when it starts a guest. Then
 * the unit goes on without the lock, because a host that does not boot is worse. systemd expands $x: $$ is a shell's $.
 */
const runAll = [
  // Only root may read the file of the lock: whoever can read it can hold it.
  "umask 077",
  `[ -e ${bootFolder} ] || exit 0`,
  `exec 9>>${lockPath}`,
  `flock -w 20 9 || echo "going on although ${lockPath} is held" >&2`,
  `rc=0`,
  `for f in ${bootFolder}/*.sh; do [ ! -e "$$f" ] || /bin/sh "$$f" 9>&- || { echo "$$f failed" >&2; rc=1; }; done`,
  `exit $$rc`,
].join("; ");

const unit = `[Unit]
Description=Networks of pulumi-kvm
Documentation=https://github.com/pulumi-kvm/pulumi-kvm
Wants=network.target
After=network.target nss-lookup.target ${firewallServices.join(" ")}
# Debian's nftables.service flushes everything on start and reload, and so do others: ours follow them.
ReloadPropagatedFrom=${firewallServices.join(" ")}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c '${runAll}'
ExecReload=/bin/sh -c '${runAll}'
TimeoutStartSec=300

[Install]
WantedBy=multi-user.target
`;

/**
 * Runs the scripts when a firewall starts after the boot. PartOf= in the unit above would also pass on a stop. firewalld
 * conflicts with nftables, so systemd would then refuse to restart firewalld.
 */
const again = `[Unit]
Description=Networks of pulumi-kvm, again after a firewall has started
After=${firewallServices.join(" ")}
# At boot this one comes first, and finds that it has nothing to do yet.
Before=${bootUnit}

[Service]
Type=oneshot
ExecCondition=/bin/systemctl --quiet is-active ${bootUnit}
ExecStart=/bin/sh -c '${runAll}'
TimeoutStartSec=300

[Install]
WantedBy=${firewallServices.join(" ")}
`;

/** Enables the unit as systemctl does. */
const wants = firewallServices.map((service) => `/etc/systemd/system/${service}.wants`);

/** The steps at boot, and after them those that earlier versions wrote and that are as good. */
export type BootPlans = readonly [Plan, ...Plan[]];

/** The steps that write the boot script, and the unit that runs it. */
export function bootPlan(kind: Kind, want: Wanted, atBoot: BootPlans, records: Records): Plan {
  if (kind.boot === undefined) return [];
  if (want.persistent === false) return noBootPlan(kind, want, records);
  const [path, content] = [bootPath(kind, want), bootScript(want, atBoot[0])];
  return steps(
    !isInstalled(records) && run("install the boot unit", installUnit()),
    !isOneOf(records[path], want, atBoot) && run("write the boot script", writeFile(path, content, 0o600)),
  );
}

/** The steps that remove the boot script. The last one removes the unit too, also when an earlier try broke off there. */
export function noBootPlan(kind: Kind, want: Wanted, records: Records): Plan {
  const path = bootPath(kind, want);
  if (kind.boot === undefined || !(path in records || isUnitAlone(records))) return [];
  return steps(run("remove the boot script", lines(sh`rm -f ${path}`, removeUnitWhenLast())));
}

function isUnitAlone(records: Records): boolean {
  return bootUnitPath in records && !Object.keys(records).some((path) => path.startsWith(`${bootFolder}/`));
}

/**
 * Whether the boot script of this object is as it should be. The state of an object that drifted has the actual values and
 * not the desired ones: then only the existence of the script can be checked.
 */
export function isPersistent(kind: Kind, want: Wanted, atBoot: BootPlans, records: Records): boolean {
  const script = records[bootPath(kind, want)];
  if (script === undefined || !(bootUnitPath in records) || !(bootUnitWanted in records)) return false;
  return isOneOf(script, want, atBoot) || !isRecorded(kind, want, records);
}

function isOneOf(script: string | undefined, want: Wanted, atBoot: BootPlans): boolean {
  return atBoot.some((plan) => script === sha256(bootScript(want, plan)));
}

function isInstalled(records: Records): boolean {
  const isOurs = records[bootUnitPath] === sha256(unit) && records[againUnitPath] === sha256(again);
  return isOurs && bootUnitWanted in records;
}

/** The files that make an object persistent. */
export function bootFiles(kind: Kind, want: Wanted): string[] {
  return kind.boot === undefined ? [] : [bootPath(kind, want), bootUnitPath, bootUnitWanted, againUnitPath];
}

export function bootPath(kind: Kind, want: Wanted): string {
  const place = typeof kind.boot === "function" ? kind.boot(want) : kind.boot;
  return `${bootFolder}/${place}-${kind.name}.${want.name}.${want.host.uid}.sh`;
}

function bootScript(want: Wanted, atBoot: Plan): string {
  const commands = atBoot.filter((step) => step.does === "run").map((step) => text(step.command));
  const title = `# ${want.path} of ${want.host.stack ?? want.host.uid}, made by pulumi-kvm`.replaceAll(/[\r\n]/g, " ");
  return ["#!/bin/sh", title, "set -eu", ...commands, ""].join("\n");
}

/**
 * Enables the unit by a link, as systemctl does, and loads it by starting it. A reload of systemd would take a tenth of a
 * second, and several seconds inside an emulated guest. Only a unit that is already loaded needs the reload: ours, or
 * that of a firewall which now wants ours.
 */
function installUnit() {
  return lines(
    sh`
    known=
    [ ! -e ${bootUnitPath} ] && [ -z "$(systemctl list-units --all --no-legend ${firewallServices})" ] || known=yes`,
    writeFile(bootUnitPath, unit, 0o644),
    writeFile(againUnitPath, again, 0o644),
    sh`
    mkdir -p ${bootUnitWanted.slice(0, bootUnitWanted.lastIndexOf("/"))}
    ln -sf ${bootUnitPath} ${bootUnitWanted}
    for wants in ${wants}; do mkdir -p "$wants"; ln -sf ${againUnitPath} "$wants/"; done
    [ -z "$known" ] || systemctl daemon-reload`,
    // Starts the unit, so that it follows reloads of the firewall. It has nothing to do yet: the first script comes later.
    sh`systemctl start ${bootUnit}`,
  );
}

/**
 * The shell looks first: otherwise a hundred deletions start a hundred processes that find other scripts. The unit's file
 * goes last, because it shows a later run that something is left.
 */
function removeUnitWhenLast() {
  return sh`
    set -- ${bootFolder}/*
    [ -e "$1" ] || ${removeTemporaries(bootFolder)}
    if [ ! -e "$1" ] && { [ ! -d ${bootFolder} ] || rmdir ${bootFolder} 2>/dev/null; }; then
      rmdir /etc/pulumi-kvm 2>/dev/null || :
      systemctl stop ${bootUnit} 2>/dev/null || :
      for wants in ${wants}; do rm -f "$wants"/${againUnit}; rmdir "$wants" 2>/dev/null || :; done
      rm -f ${bootUnitWanted} ${againUnitPath} ${bootUnitPath}
      # After a reboot systemd holds it as what a target wanted, also when it is not there.
      [ -z "$(systemctl list-units --all --no-legend ${bootUnit})" ] || systemctl daemon-reload
    fi`;
}
