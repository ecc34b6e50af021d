import { guestFolder, guestUnitPath, guestUser } from "../facts/guests";
import type { Machine } from "../facts/machine";
import { writeFile } from "../files";
import { sha256 } from "../names";
import { lines, type Sh, sh } from "../shell";
import type { GuestWant } from "./arguments";
import { seedFiles } from "./cloud-init";
import { startScript, stopScript } from "./command";
import { guestUnitText } from "./unit";

/** Everything that a guest has on its host's disk, by path below its folder; "unit" is its systemd unit. */
export type GuestFiles = Readonly<Record<string, string>>;

export function guestFiles(want: GuestWant, machine: Machine, publicKeys: readonly string[]): GuestFiles {
  const seed = Object.entries(seedFiles(want, publicKeys)).map(([name, content]) => [`seed/${name}`, content]);
  return {
    start: startScript(want, machine),
    stop: stopScript(want),
    unit: guestUnitText(want, machine.groups),
    ...Object.fromEntries(seed),
  };
}

/** The files that are not as they should be. */
export function stale(files: GuestFiles, there: Readonly<Record<string, string>>): string[] {
  return Object.keys(files).filter((name) => there[name] !== sha256(files[name] ?? ""));
}

/** The seed holds secrets: only the guests' user reads it. The rest is root's, so that a guest cannot change it. */
export function writeGuestFiles(want: GuestWant, files: GuestFiles, names: readonly string[]): Sh {
  const folder = `${guestFolder}/${want.name}`;
  return lines(
    sh`mkdir -p ${`${folder}/log`} ${`${folder}/seed`}`,
    sh`chmod 711 ${guestFolder} ${folder}; chmod 700 ${`${folder}/log`} ${`${folder}/seed`}`,
    ...names.map((name) => writeFile(pathOf(want, name), files[name] ?? "", 0o644)),
    sh`chown -R ${guestUser}:${guestUser} ${`${folder}/log`} ${`${folder}/seed`}`,
    names.includes("unit") && sh`systemctl daemon-reload`,
  );
}

function pathOf(want: GuestWant, name: string): string {
  return name === "unit" ? guestUnitPath(want.name) : `${guestFolder}/${want.name}/${name}`;
}
