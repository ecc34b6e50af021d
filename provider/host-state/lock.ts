import { type Sh, sh, trusted } from "../core/shell";
import { changeFolder, lockPath } from "./paths";

/**
 * Takes the host's lock. The file goes with the last object of an owner, perhaps while we wait for it: then we take the
 * lock on the new file. Also waits while a change of the host's network waits for its confirmation.
 */
export function lock(): Sh {
  return sh`
    waited=0
    while
      exec 9>>${lockPath}
      flock -w 120 9 || {
        ${sayWhoHolds}
        exit 75
      }
      while [ -d ${changeFolder}/armed ] || [ -d ${changeFolder}/rolling ]; do
        flock -u 9
        waited=$((waited + 1))
        [ $waited -le 150 ] || { echo "a change of the host's network waits for its confirmation" >&2; exit 75; }
        sleep 1
        flock -w 120 9 || exit 75
      done
      ! [ ${lockPath} -ef /proc/self/fd/9 ]
    do :; done`;
}

/**
 * Counts the commits in the file of the lock. The count begins again when the file went. Whoever can read the file can
 * hold the lock, so that only root may read it. The second line says that the mode was set: to read the mode would cost a
 * process for each commit.
 */
export function takeTurn(nonce: string): Sh {
  return sh`
    turn= mode=
    { read -r turn; read -r mode; } <${lockPath} || :
    case $turn in ""|*[!0-9]*) turn=0 ;; esac
    turn=$((turn + 1))
    [ "$mode" = 600 ] || chmod 600 ${lockPath}
    printf '%s\n600\n' $turn >${lockPath}
    printf '\n@%s turn %s\n' ${nonce} $turn`;
}

/** Prints the process that holds the lock, its user, and its command, so that an administrator can end it. */
const sayWhoHolds = sh`
  holder=$(
    for info in /proc/[0-9]*/fdinfo/*; do
      [ "\${info%/fdinfo/*}/fd/\${info##*/}" -ef ${lockPath} ] && grep -q '^lock:.*FLOCK' "$info" || continue
      pid=\${info#/proc/} pid=\${pid%%/*}
      who=$(tr '\\0' '\\n' <"/proc/$pid/environ" | sed -n 's/^SUDO_USER=/ of /p; s/^SSH_CLIENT=\\([^ ]*\\).*/ from \\1/p' | tr -d '\\n')
      runs=$(for child in $(cat "/proc/$pid/task/$pid/children"); do tr '\\0\\n' '  ' <"/proc/$child/cmdline" | head -c 100; done)
      echo "Process $pid$who has it, and runs: \${runs:-nothing else}. To end it: kill $pid"
      break
    done 2>/dev/null
  )
  echo "another run has held ${trusted(lockPath)} for two minutes. $holder" >&2`;
