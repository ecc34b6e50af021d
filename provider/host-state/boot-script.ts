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
 * What comes back after a reboot: a script for each object, the very steps that made it, run in order by one oneshot
 * unit before the guests. It may run at any time, because every step tests what it changes.
 */

/**
 * One at a time with the runs of Pulumi. But a run may be waiting for this unit, by starting a guest: then after a while
 * without the lock, for a host that does not come up is worse. systemd expands $x itself: $$ is a shell's $.
 */
const runAll = [
  // The lock's file is for root alone: whoever can read it can hold it.
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
 * For the start of a firewall after the boot. PartOf= of the unit above would do that too, and a stop would be passed on
 * with it: firewalld conflicts with nftables, so it could not be restarted any more.
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

/** As systemctl would enable it. */
const wants = firewallServices.map((service) => `/etc/systemd/system/${service}.wants`);

/** Steps that make the boot script what it should be, and the unit that runs it. */
export function bootPlan(kind: Kind, want: Wanted, atBoot: Plan, records: Records): Plan {
  if (kind.boot === undefined) return [];
  if (want.persistent === false) return noBootPlan(kind, want, records);
  const [path, content] = [bootPath(kind, want), bootScript(want, atBoot)];
  return steps(
    !isInstalled(records) && run("install the boot unit", installUnit()),
    records[path] !== sha256(content) && run("write the boot script", writeFile(path, content, 0o600)),
  );
}

/** Steps that forget the object at boot; the last one out takes the unit with it. */
export function noBootPlan(kind: Kind, want: Wanted, records: Records): Plan {
  if (kind.boot === undefined || !(bootPath(kind, want) in records)) return [];
  return steps(run("remove the boot script", lines(sh`rm -f ${bootPath(kind, want)}`, removeUnitWhenLast())));
}

/**
 * Whether the host makes this object, as it should be, at boot. The state of an object that drifted holds no wish but
 * what was found: by that the script cannot be judged, only seen to be there.
 */
export function isPersistent(kind: Kind, want: Wanted, atBoot: Plan, records: Records): boolean {
  const script = records[bootPath(kind, want)];
  if (script === undefined || !(bootUnitPath in records) || !(bootUnitWanted in records)) return false;
  return script === sha256(bootScript(want, atBoot)) || !isRecorded(kind, want, records);
}

function isInstalled(records: Records): boolean {
  const isOurs = records[bootUnitPath] === sha256(unit) && records[againUnitPath] === sha256(again);
  return isOurs && bootUnitWanted in records;
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
 * Enabled as systemctl does it, by a link, and loaded by being started: a reload of systemd would take a tenth of a
 * second, and several inside an emulated guest. Only a unit that is loaded already is not looked at again without it:
 * ours, or a firewall's that now wants ours.
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
    // Active from now on, so that it follows the firewall's reloads. It finds nothing to do: the first script comes after.
    sh`systemctl start ${bootUnit}`,
  );
}

/** A look by the shell itself first: a hundred that go would be a hundred processes that find more to come. */
function removeUnitWhenLast() {
  return sh`
    set -- ${bootFolder}/*
    [ -e "$1" ] || ${removeTemporaries(bootFolder)}
    if [ ! -e "$1" ] && rmdir ${bootFolder} 2>/dev/null; then
      rmdir /etc/pulumi-kvm 2>/dev/null || :
      systemctl stop ${bootUnit} 2>/dev/null || :
      rm -f ${bootUnitPath} ${bootUnitWanted} ${againUnitPath}
      for wants in ${wants}; do rm -f "$wants"/${againUnit}; rmdir "$wants" 2>/dev/null || :; done
      # After a reboot systemd holds it as what a target wanted, also when it is not there.
      [ -z "$(systemctl list-units --all --no-legend ${bootUnit})" ] || systemctl daemon-reload
    fi`;
}
