import type { Wanted } from "../../core/kind";
import { mark, ownerOf } from "../../core/mark";
import { lines, type Sh, sh } from "../../core/shell";
import { type Shares, type Sysctl, shareFolder } from "./proc-sys.fact";

/**
 * Kernel settings that several stacks need at once are counted: each holder's wish is a file, the value that was found
 * at first is another, and the last one out puts that back. All of it happens under the host's lock.
 */

/** The name of a resource's wish; `original` has no dot. */
export function holderOf(want: Wanted): string {
  return `${want.host.uid}.${want.name}`;
}

/** What this resource has wished of the key. */
export function ownWish(want: Wanted, shares: Shares) {
  return shares.wishes.find(({ holder }) => holder === holderOf(want));
}

/** Why the key cannot have that value; undefined when it can. */
export function conflict(want: Wanted, key: string, value: string, shares: Shares): string | undefined {
  const other = shares.wishes.find((wish) => wish.holder !== holderOf(want) && wish.value !== value);
  if (!other) return undefined;
  const owner = ownerOf(want.host, other.mark);
  return `${key} is to be ${value}, but ${owner} holds it at ${other.value}. Both cannot be: change one of them`;
}

/** Whether the key is as it is wished, and the wish is counted. */
export function holds(want: Wanted, value: string, sysctl: Sysctl, shares: Shares): boolean {
  return sysctl.value === value && ownWish(want, shares)?.value === value;
}

/** Wishes a value for a key: records what was there, and this wish, then sets it. */
export function take(want: Wanted, key: ShellWord, value: string): Sh {
  return sh`take ${key} ${value} ${holderOf(want)} ${mark(want)}`;
}

/**
 * Before `take`: loads the module that a key comes with, unless the key is there. Nothing was there before, and so it
 * was with the keys that came along: their `original` is empty, and the last one out leaves them as they are.
 */
export function load(module: string, key: string): Sh {
  return lines(loading, sh`load ${module} ${key}`);
}

/** Gives the wish up. The last one out restores what was there, unless somebody has changed it since, or `keep`. */
export function release(want: Wanted, key: ShellWord, { keep = false } = {}): Sh {
  return sh`release ${key} ${holderOf(want)} ${keep ? "keep" : "restore"}`;
}

/** A step in which `take` and `release` can be called. */
export function counted(...calls: readonly (Sh | false)[]): Sh {
  return lines(functions, ...calls);
}

/** load MODULE KEY. Apart from the others, so that they are the same text in every boot script that there is already. */
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

/** A value, or what the host's shell makes of a variable. */
type ShellWord = string | Sh;

/** take KEY VALUE HOLDER MARK; release KEY HOLDER keep|restore */
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
