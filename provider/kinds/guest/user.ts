// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { guestUser } from "../../core/guest-user";
import { type Sh, sh } from "../../core/shell";
import { noteRename } from "../../host-state/atomic-write";
import { diskFolder } from "../image/disk-files.fact";
import { restingDiskOwner } from "../image/qemu-img";
import { guestFolder } from "./guest-state.fact";

/**
 * Each guest runs as a user of its own: a number without an account, from the range that systemd leaves unused (its
 * UIDS-GIDS page). A file in the guest's folder holds the number. A guest takes its number under the host's lock. The
 * number is free again when the folder is removed. The provider skips numbers with an account or a group on this host.
 */
const [first, last] = [60578, 61183];

/** The user that all guests shared in an older release. Guests that it started still run as this user. */
const sharedUser = guestUser;

export function userPath(name: string): string {
  return `${guestFolder}/${name}/user`;
}

/** Takes a free number for the guest. Fails when all numbers are taken. */
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

/** Reads the guest's user into `$user`. */
export function readUser(name: string): Sh {
  return sh`
    user=$(cat ${userPath(name)})
    case "$user" in ""|*[!0-9]*) echo "the user of the guest is not known" >&2; exit 1 ;; esac`;
}

/** Gives the disks of `$user` back to root, because the next guest with this number must not have access to them. */
export function giveBackDisks(): Sh {
  return sh`
    [ ! -d ${diskFolder} ] || find ${diskFolder} -maxdepth 1 -type f -user "$user" -exec chown ${restingDiskOwner} {} +`;
}
