// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { runOn } from "../../core/jump";
import { sh, text } from "../../core/shell";
import type { GuestWant } from "./guest-args";
import { type GuestState, guestFolder, runFolder } from "./guest-state.fact";
import { socketFolder } from "./prepare";

/**
 * The script with which a person opens the console or QEMU's monitor. It connects as the guest's own user: this user
 * can replace a socket by a link to any other socket of the host, and root could open that. A guest that an older
 * release started has its sockets in the run folder itself.
 */
export function connectScript(want: GuestWant): string {
  const [run, sockets] = [`${runFolder}/${want.name}`, socketFolder(want.name)];
  const script = sh`
    #!/bin/sh
    # Usage: connect console, or connect operator (QEMU's monitor). Ctrl-] ends it.
    set -eu
    case "\${1:-console}" in console|operator) ;; *) echo "usage: connect console|operator" >&2; exit 2 ;; esac
    sockets=${sockets}; [ -d "$sockets" ] || sockets=${run}
    [ -d "$sockets" ] || { echo "the guest is not running" >&2; exit 1; }
    user=$(stat -c %u "$sockets")
    exec setpriv "--reuid=$user" "--regid=$user" --clear-groups --no-new-privs \
      socat -,raw,echo=0,escape=0x1d "UNIX-CONNECT:$sockets/\${1:-console}.sock"`;
  return `${text(script)}\n`;
}

/** The command that opens the console of a guest. A guest of an older release has no script yet. */
export function consoleCommand(want: GuestWant, there: GuestState | undefined): string {
  const open = there?.files.connect
    ? ["sh", `${guestFolder}/${want.name}/connect`, "console"]
    : ["socat", "-,raw,echo=0,escape=0x1d", `UNIX-CONNECT:${runFolder}/${want.name}/console.sock`];
  return runOn(want.host, [...(want.host.user === "root" ? [] : ["sudo"]), ...open]);
}
