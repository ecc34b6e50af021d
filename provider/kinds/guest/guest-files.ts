import { sha256 } from "../../core/names";
import { lines, type Sh, sh } from "../../core/shell";
import { writeFile } from "../../host-state/atomic-write";
import type { Machine } from "../host/machine.fact";
import { seedFiles } from "./cloud-init";
import { connectScript } from "./connect";
import type { GuestWant } from "./guest-args";
import { guestFolder, guestUnitPath } from "./guest-state.fact";
import { launchScript } from "./launch";
import { cleanupScript, prepareScript } from "./prepare";
import { startScript, stopScript } from "./qemu-command";
import { seedFile, seedImage } from "./seed-image";
import { guestUnitText } from "./systemd-unit";
import { takeUser } from "./user";

/**
 * All files of a guest on its host, by name in the guest's folder. "unit" is its systemd unit, which is in another
 * folder.
 */
export type GuestFiles = Readonly<Record<string, string>>;

/** What the files of a guest depend on, apart from its arguments. */
interface Surroundings {
  machine: Machine;
  qemuVersion: string;
  /** The public keys that may log in to the guest. */
  keys: readonly string[];
}

export function guestFiles(want: GuestWant, { machine, qemuVersion, keys }: Surroundings): GuestFiles {
  return {
    prepare: prepareScript(want),
    launch: launchScript(want, machine.groups),
    start: startScript(want, machine, qemuVersion),
    stop: stopScript(want),
    cleanup: cleanupScript(want),
    connect: connectScript(want),
    unit: guestUnitText(want),
    ...(want.cloudInit && { [seedFile]: `${seedImage(seedFiles(want, keys)).toString("base64")}\n` }),
  };
}

/** The names of files that are missing on the host or have other contents there. */
export function changedFiles(files: GuestFiles, there: Readonly<Record<string, string>>): string[] {
  return Object.keys(files).filter((name) => there[name] !== sha256(files[name] ?? ""));
}

/**
 * Root owns all files. The seed holds secrets, so that only root can read it. It is base64, because a script can hold
 * only text. A new folder has mode 711. An old folder keeps its mode until the next start, because a guest that an
 * older release started still uses files in it.
 */
export function writeGuestFiles(want: GuestWant, files: GuestFiles, names: readonly string[]): Sh {
  const folder = `${guestFolder}/${want.name}`;
  return lines(
    sh`[ -d ${folder} ] || { mkdir -p ${guestFolder}; chmod 711 ${guestFolder}; mkdir -m 711 ${folder}; }`,
    takeUser(want.name),
    ...names.map((name) => writeFile(pathOf(want, name), files[name] ?? "", name === seedFile ? 0o600 : 0o644)),
    names.includes("unit") && sh`systemctl daemon-reload`,
  );
}

function pathOf(want: GuestWant, name: string): string {
  return name === "unit" ? guestUnitPath(want.name) : `${guestFolder}/${want.name}/${name}`;
}
