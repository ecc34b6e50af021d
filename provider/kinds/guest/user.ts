import { guestUser } from "../../core/guest-user";
import { type Sh, sh } from "../../core/shell";
import { noteRename } from "../../host-state/atomic-write";
import { diskFolder } from "../image/disk-files.fact";
import { guestFolder } from "./guest-state.fact";

/**
 * Each guest runs as a user of its own: a number without an account, from the range that systemd leaves unused (its
 * UIDS-GIDS page). The number is a file in the guest's folder: it is taken under the host's lock, and free again when
 * the folder goes. A number that has an account or a group on this host is left out.
 */
const [first, last] = [60578, 61183];

/** A disk that no guest runs on belongs to root. Its guest's start gives it to the guest's user; its end takes it back. */
export const restingDiskOwner = "0:0";

/** A guest that a release before this one started still runs as the user that all guests shared then. */
export const sharedUser = guestUser;

export function userPath(name: string): string {
  return `${guestFolder}/${name}/user`;
}

/** Takes a number for the guest. All of them may be taken: then the guest is not made. */
export function takeUser(name: string): Sh {
  return sh`
    if [ ! -s ${userPath(name)} ]; then
      taken=" ${Number(sharedUser)} $(cat ${guestFolder}/*/user 2>/dev/null | tr '\n' ' ')"
      user=${first}
      while [ $user -le ${last} ]; do
        case "$taken" in *" $user "*) ;; *) getent passwd $user >/dev/null || getent group $user >/dev/null || break ;; esac
        user=$((user + 1))
      done
      [ $user -le ${last} ] || { echo "all users for guests are taken (${first} to ${last})" >&2; exit 1; }
      ( umask 022; echo $user >${`${userPath(name)}.new`} ); mv ${`${userPath(name)}.new`} ${userPath(name)}
      ${noteRename(userPath(name))}
    fi`;
}

/** The guest's user in `$user`. */
export function readUser(name: string): Sh {
  return sh`
    user=$(cat ${userPath(name)})
    case "$user" in ""|*[!0-9]*) echo "the user of the guest is not known" >&2; exit 1 ;; esac`;
}

/** Gives the disks of `$user` back to root: the next guest with this number must not find them. */
export function giveBackDisks(): Sh {
  return sh`
    [ ! -d ${diskFolder} ] || find ${diskFolder} -maxdepth 1 -type f -user "$user" -exec chown ${restingDiskOwner} {} +`;
}
