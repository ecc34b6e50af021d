import { sha256 } from "../../core/names";
import { lines, type Sh, sh } from "../../core/shell";
import { writeFile } from "../../host-state/atomic-write";
import type { Machine } from "../host/machine.fact";
import { seedFiles } from "./cloud-init";
import type { GuestWant } from "./guest-args";
import { guestFolder, guestUnitPath } from "./guest-state.fact";
import { launchScript } from "./launch";
import { cleanupScript, prepareScript } from "./prepare";
import { startScript, stopScript } from "./qemu-command";
import { seedFile, seedImage } from "./seed-image";
import { guestUnitText } from "./systemd-unit";
import { takeUser } from "./user";

/** Everything that a guest has on its host's disk, by its name in the guest's folder; "unit" is its systemd unit. */
export type GuestFiles = Readonly<Record<string, string>>;

export function guestFiles(want: GuestWant, machine: Machine, publicKeys: readonly string[]): GuestFiles {
  return {
    prepare: prepareScript(want),
    launch: launchScript(want, machine.groups),
    start: startScript(want, machine),
    stop: stopScript(want),
    cleanup: cleanupScript(want),
    unit: guestUnitText(want),
    ...(want.cloudInit && { [seedFile]: `${seedImage(seedFiles(want, publicKeys)).toString("base64")}\n` }),
  };
}

/** The files that are not as they should be. */
export function stale(files: GuestFiles, there: Readonly<Record<string, string>>): string[] {
  return Object.keys(files).filter((name) => there[name] !== sha256(files[name] ?? ""));
}

/**
 * All is root's. The seed holds secrets and is for root alone, as text, because a script holds no other bytes. The guest's folder stays
 * open to others until its first start, for a guest that an older release started runs by what is in it.
 */
export function writeGuestFiles(want: GuestWant, files: GuestFiles, names: readonly string[]): Sh {
  const folder = `${guestFolder}/${want.name}`;
  return lines(
    sh`[ -d ${folder} ] || { mkdir -p ${folder}; chmod 711 ${guestFolder} ${folder}; }`,
    takeUser(want.name),
    ...names.map((name) => writeFile(pathOf(want, name), files[name] ?? "", name === seedFile ? 0o600 : 0o644)),
    names.includes("unit") && sh`systemctl daemon-reload`,
  );
}

function pathOf(want: GuestWant, name: string): string {
  return name === "unit" ? guestUnitPath(want.name) : `${guestFolder}/${want.name}/${name}`;
}
