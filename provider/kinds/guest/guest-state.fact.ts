import type { Fact } from "../../core/fact";
import { byName } from "../../core/reply";
import { sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";
import { readConsole } from "./console";

/** The actual state of a guest, from systemd, its QEMU process and our files. */
export interface GuestState {
  name: string;
  /** systemd's ActiveState: "active", "inactive", "failed", "deactivating", "activating". */
  active: string;
  /** Whether it starts at boot. */
  enabled: boolean;
  /** The description of the unit, which holds the mark. */
  description: string;
  pid: number;
  /** SHA-256 of our files by name in the guest's folder, and of the unit as "unit". */
  files: Record<string, string>;
  /** SHA-256 of the start script that the running QEMU comes from. */
  startedBy: string;
  /** Taps that the QEMU process holds. A deleted tap is not among them. */
  taps: string[];
  /** Our disks that the QEMU process holds open. */
  disks: string[];
  /** Indexes of NICs whose cable is unplugged. */
  linksDown: number[];
  /** SSH host keys that its cloud-init printed on the serial console. */
  hostKeys: string[];
}

export type Guests = Readonly<Record<string, GuestState>>;

export const guestFolder = `${stateFolder}/guests`;
export const runFolder = "/run/pulumi-kvm";

export function guestUnit(name: string): string {
  return `pulumi-kvm-guest@${name}.service`;
}

export function guestUnitPath(name: string): string {
  return `/etc/systemd/system/${guestUnit(name)}`;
}

/** Our files in a guest's folder. */
const fileNames = ["prepare", "launch", "start", "stop", "cleanup", "connect", "seed.base64"];

/** A guest has at most 8 NICs. */
const nicNumbers = [0, 1, 2, 3, 4, 5, 6, 7];

/**
 * Each guest's block begins with a random word, so that text from the guest's user cannot begin a block. Each line that
 * this user can influence has its own format and a limit. Root opens no file of this user for longer than a few
 * seconds.
 */
export const guests: Fact<Guests> = {
  name: "guests",
  command: sh`
    ${readConsole}
    nonce=$(od -An -v -tx1 -N12 /dev/urandom | tr -d ' \n')
    printf 'nonce=%s\n' "$nonce"
    for folder in ${guestFolder}/*/; do
      [ -d "$folder" ] || continue
      name=$(basename "$folder")
      unit=pulumi-kvm-guest@$name.service
      shown=$(systemctl show "$unit" -p ActiveState -p MainPID -p UnitFileState -p Description) || exit 1
      printf '%s guest=%s\n%s\n' "$nonce" "$name" "$shown"
      ( cd "$folder"; timeout 20 sha256sum ${fileNames} 2>/dev/null | sed 's/^/file=/' ) || :
      sha256sum "/etc/systemd/system/$unit" 2>/dev/null | sed 's/^/unit=/' || :
      pid=$(printf '%s\n' "$shown" | sed -n 's/^MainPID=//p')
      run=${runFolder}/$name
      if [ "$pid" != 0 ] && [ -d "/proc/$pid" ]; then
        if [ -f "$run/started" ] && [ ! -L "$run/started" ]; then
          timeout 5 sha256sum "$run/started" 2>/dev/null | sed 's/^/started=/' || :
        fi
        sed -n 's/^iff:[[:space:]]*\\([^[:space:]]\\)/tap=\\1/p' "/proc/$pid"/fdinfo/* 2>/dev/null | head -n 64 || :
        find "/proc/$pid/fd" -lname ${`${stateFolder}/disks/*`} -printf 'disk=%l\n' 2>/dev/null | head -n 1024 || :
        for nic in ${nicNumbers}; do [ ! -e "$run/down.$nic" ] || printf 'down=%s\n' "$nic"; done
      fi
      { console_of "$folder"; console_file "$folder/log/host-keys"; } | host_keys | keys_in
      echo
    done`,
  parse: (output) => {
    const [, nonce] = /^nonce=([0-9a-f]{24})$/m.exec(output) ?? [];
    if (nonce === undefined) throw new Error("it does not begin with the word that separates the guests");
    const blocks = output.split(new RegExp(`^${nonce} guest=`, "m")).slice(1);
    return byName(blocks.map(guest).map((g) => [g.name, g]));
  },
};

function guest(block: string): GuestState {
  const [name = "", ...rest] = block.split("\n");
  const entries = rest.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
  const all = (key: string) => entries.filter(([k]) => k === key).map(([, value]) => value);
  const one = (key: string) => all(key)[0] ?? "";
  const hashed = (line: string): [string, string] => [line.slice(66), line.slice(0, 64)];
  return {
    name,
    active: one("ActiveState"),
    enabled: one("UnitFileState") === "enabled",
    description: one("Description"),
    pid: Number(one("MainPID")) || 0,
    files: byName([...all("file").map(hashed), ...all("unit").map((line) => ["unit", line.slice(0, 64)] as const)]),
    startedBy: one("started").slice(0, 64),
    taps: all("tap"),
    disks: [...new Set(all("disk").flatMap((path) => /\/([^/]+)\.qcow2$/.exec(path)?.[1] ?? []))],
    linksDown: all("down").map(Number),
    hostKeys: [...new Set(all("key"))],
  };
}
