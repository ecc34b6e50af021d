import { sh } from "../shell";
import type { Fact } from "./fact";
import { stateFolder } from "./records";
import { byName } from "./reply";

/** A guest as systemd, its QEMU process and our files show it. */
export interface GuestState {
  name: string;
  /** systemd's ActiveState: "active", "inactive", "failed", "deactivating", "activating". */
  active: string;
  /** Started at boot. */
  enabled: boolean;
  /** Carries the mark. */
  description: string;
  pid: number;
  /** SHA-256 of our files by their path below the guest's folder, and of the unit as "unit". */
  files: Record<string, string>;
  /** SHA-256 of the start script that the running QEMU was started by. */
  startedBy: string;
  /** Taps that the QEMU process really holds: one that was deleted is no longer among them. */
  taps: string[];
  /** Disks of ours that it holds open. */
  disks: string[];
  /** NICs whose link was set down, by index. */
  linksDown: number[];
  /** SSH host keys that its cloud-init printed on the serial console. */
  hostKeys: string[];
}

export type Guests = Readonly<Record<string, GuestState>>;

/** The user that guests run as: a number without an account, in a range that nobody hands out (systemd's UIDS-GIDS). */
export const guestUser = "60999";

export const guestFolder = `${stateFolder}/guests`;
export const runFolder = "/run/pulumi-kvm";

export function guestUnit(name: string): string {
  return `pulumi-kvm-guest@${name}.service`;
}

export function guestUnitPath(name: string): string {
  return `/etc/systemd/system/${guestUnit(name)}`;
}

/** An SSH host key is public; the file is the guest's own word, so it is not followed when it is a symbolic link. */
export const guests: Fact<Guests> = {
  name: "guests",
  command: sh`
    for folder in ${guestFolder}/*/; do
      [ -d "$folder" ] || continue
      name=$(basename "$folder")
      unit=pulumi-kvm-guest@$name.service
      printf 'guest=%s\n' "$name"
      systemctl show "$unit" -p ActiveState -p MainPID -p UnitFileState -p Description
      find "$folder" -type f ! -path '*/log/*' -exec sha256sum {} + | sed 's/^/file=/'
      sha256sum "/etc/systemd/system/$unit" 2>/dev/null | sed 's/^/unit=/' || :
      pid=$(systemctl show "$unit" -p MainPID --value)
      run=${runFolder}/$name
      if [ "$pid" != 0 ] && [ -d "/proc/$pid" ]; then
        sha256sum "$run/started" 2>/dev/null | sed 's/^/started=/' || :
        sed -n 's/^iff:[[:space:]]*\\([^[:space:]]\\)/tap=\\1/p' "/proc/$pid"/fdinfo/* 2>/dev/null || :
        find "/proc/$pid/fd" -lname ${`${stateFolder}/disks/*`} -printf 'disk=%l\n' 2>/dev/null || :
        find "$run" -name 'down.*' -printf 'down=%f\n' 2>/dev/null || :
      fi
      for log in console host-keys; do
        [ -f "$folder/log/$log" ] && [ ! -L "$folder/log/$log" ] || continue
        sed -n '/BEGIN SSH HOST KEY KEYS/,/END SSH HOST KEY KEYS/s/^.*\\(ssh-[a-z0-9]* AAAA[A-Za-z0-9+/=]*\\).*$/key=\\1/p' "$folder/log/$log"
        sed -n '/BEGIN SSH HOST KEY KEYS/,/END SSH HOST KEY KEYS/s/^.*\\(ecdsa-[a-z0-9-]* AAAA[A-Za-z0-9+/=]*\\).*$/key=\\1/p' "$folder/log/$log"
      done
    done`,
  parse: (output) => {
    const blocks = output.split(/^guest=/m).slice(1);
    return byName(blocks.map(guest).map((g) => [g.name, g]));
  },
};

function guest(block: string): GuestState {
  const [name = "", ...rest] = block.split("\n");
  const entries = rest.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
  const all = (key: string) => entries.filter(([k]) => k === key).map(([, value]) => value);
  const one = (key: string) => all(key)[0] ?? "";
  const hashed = (line: string): [string, string] => [
    line.slice(66).replace(`${guestFolder}/${name}/`, ""),
    line.slice(0, 64),
  ];
  return {
    name,
    active: one("ActiveState"),
    enabled: one("UnitFileState") === "enabled",
    description: one("Description"),
    pid: Number(one("MainPID")) || 0,
    files: byName([...all("file").map(hashed), ...all("unit").map((line) => ["unit", line.slice(0, 64)] as const)]),
    startedBy: one("started").slice(0, 64),
    taps: all("tap"),
    disks: [...new Set(all("disk").map((path) => /([^/]+)\.qcow2$/.exec(path)?.[1] ?? path))],
    linksDown: all("down").map((file) => Number(file.slice("down.".length))),
    hostKeys: [...new Set(all("key"))],
  };
}
