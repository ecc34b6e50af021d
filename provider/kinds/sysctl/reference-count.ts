// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import type { Wanted } from "../../core/kind";
import { mark, ownerOf } from "../../core/mark";
import type { Problem } from "../../core/problem";
import { lines, type Sh, sh } from "../../core/shell";
import { sysctlErrors } from "./errors";
import { type Shares, type Sysctl, shareFolder } from "./proc-sys.fact";

/**
 * Reference counting for kernel settings that several stacks need at once. Each holder's wish is a file. Another file
 * has the original value, and the last holder restores it. Everything happens under the host's lock.
 */

/** The file name of a resource's wish. It has a dot, and `original` has none. */
export function holderId(want: Wanted): string {
  return `${want.host.uid}.${want.name}`;
}

/** The wish of this resource for the key. */
export function ownWish(want: Wanted, shares: Shares) {
  return shares.wishes.find(({ holder }) => holder === holderId(want));
}

/** Why the key cannot have that value. Undefined when it can. */
export function conflict(want: Wanted, key: string, value: string, shares: Shares): Problem | undefined {
  const other = shares.wishes.find((wish) => wish.holder !== holderId(want) && wish.value !== value);
  if (!other) return undefined;
  const owner = ownerOf(want.host, other.mark);
  return sysctlErrors.conflict(`${key} cannot be ${value}: ${owner} keeps it at ${other.value}. Change one of the two`);
}

/** Whether the key has the desired value, and this resource has recorded its wish. */
export function holds(want: Wanted, value: string, sysctl: Sysctl, shares: Shares): boolean {
  return sysctl.value === value && ownWish(want, shares)?.value === value;
}

/** Records the original value and the wish of this resource, then sets the key. */
export function acquire(want: Wanted, key: ShellWord, value: string): Sh {
  return sh`take ${key} ${value} ${holderId(want)} ${mark(want)}`;
}

/**
 * Goes before `take`: loads the module of a key, unless the key exists. Keys of a module that we loaded had no value
 * before. Their `original` is empty, and the last holder leaves them as they are.
 */
export function load(module: string, key: string): Sh {
  return lines(loading, sh`load ${module} ${key}`);
}

/**
 * Removes the wish. The last holder restores the original value, unless the value was changed since, or with `keep`.
 */
export function release(want: Wanted, key: ShellWord, { keep = false } = {}): Sh {
  return sh`release ${key} ${holderId(want)} ${keep ? "keep" : "restore"}`;
}

/** A script that can call `take`. */
export function withTake(...calls: readonly (Sh | false)[]): Sh {
  return lines(functions, ...calls);
}

/** A script that can call `release`. */
export function withRelease(...calls: readonly (Sh | false)[]): Sh {
  return lines(releasing, ...calls);
}

/** load MODULE KEY. Separate from `functions`, so that their text stays the same in all existing boot scripts. */
const loading = sh`
  load() {
    wishes=${shareFolder("")}$2
    came=
    if [ ! -e "/proc/sys/$2" ]; then
      modprobe -q -- "$1" || {
        echo "the module $1 cannot be loaded. What says why: modprobe $1" >&2
        return 1
      }
      [ -e "/proc/sys/$2" ] || {
        echo "the module $1 is loaded, and the kernel still has no $2. Look at the spelling of both" >&2
        return 1
      }
      came=yes
    fi
    for original in "\${wishes%/*}"/*/original; do
      if [ -e "$original" ] && [ ! -s "$original" ]; then came=yes; fi
    done
    if [ -n "$came" ] && [ ! -e "$wishes/original" ]; then
      mkdir -p "$wishes"
      : >"$wishes/original"
    fi
  }`;

/** A value, or a text with a variable that the host's shell expands. */
type ShellWord = string | Sh;

/**
 * release KEY HOLDER keep|restore. The wish of the holder goes last, because it shows a later run that something is
 * left.
 */
const releasing = sh`
  release() {
    wishes=${shareFolder("")}$1
    [ -e "$wishes/$2" ] || return 0
    for wish in "$wishes"/*.*; do
      [ "$wish" = "$wishes/$2" ] || { rm -f "$wishes/$2"; return; }
    done
    if [ "$3" = restore ] && [ -e "/proc/sys/$1" ] && [ -s "$wishes/original" ]; then
      now=$(tr -s '[:space:]' ' ' <"/proc/sys/$1" | sed 's/^ //; s/ $//')
      [ "$now" != "$(sed -n 1p "$wishes/$2")" ] || cat "$wishes/original" >"/proc/sys/$1"
    fi
    rm -f "$wishes/original"
    rm -f "$wishes/$2"
    rmdir -p "$wishes" 2>/dev/null || :
  }`;

/**
 * take KEY VALUE HOLDER MARK. All boot scripts have this text, with a function that they do not call. It must not change.
 */
const functions = sh`
  take() {
    wishes=${shareFolder("")}$1
    for wish in "$wishes"/*.*; do
      if [ -e "$wish" ] && [ "\${wish##*/}" != "$3" ] && [ "$(sed -n 1p "$wish")" != "$2" ]; then
        echo "$1 is to be $2, but $(sed -n 2p "$wish") holds it at $(sed -n 1p "$wish")" >&2
        return 1
      fi
    done
    now=$(tr -s '[:space:]' ' ' <"/proc/sys/$1" | sed 's/^ //; s/ $//')
    mkdir -p "$wishes"
    [ -e "$wishes/original" ] || printf '%s\\n' "$now" >"$wishes/original"
    printf '%s\\n%s\\n' "$2" "$4" >"$wishes/$3"
    [ "$now" = "$2" ] || printf '%s\\n' "$2" 2>/dev/null >"/proc/sys/$1" || {
      echo "the kernel does not take $2 for $1" >&2
      return 1
    }
  }
  release() {
    wishes=${shareFolder("")}$1
    [ -e "$wishes/$2" ] || return 0
    ours=$(sed -n 1p "$wishes/$2")
    rm -f "$wishes/$2"
    for wish in "$wishes"/*.*; do
      [ ! -e "$wish" ] || return 0
    done
    if [ "$3" = restore ] && [ -e "/proc/sys/$1" ] && [ -s "$wishes/original" ]; then
      now=$(tr -s '[:space:]' ' ' <"/proc/sys/$1" | sed 's/^ //; s/ $//')
      [ "$now" != "$ours" ] || cat "$wishes/original" >"/proc/sys/$1"
    fi
    rm -f "$wishes/original"
    rmdir -p "$wishes" 2>/dev/null || :
  }`;
