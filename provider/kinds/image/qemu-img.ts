import { guestUser } from "../../core/guest-user";
import { type Sh, type ShValue, sh } from "../../core/shell";

/**
 * qemu-img reads files that a guest has written or that came from outside. So it never runs as root, and never for
 * long: a file that names a FIFO as its data would hold the host's lock.
 */

/** The user that works on a disk image. It has no account, and it owns the file for that time only. */
export const imageUser = guestUser;

/** Who owns a disk that no guest runs on. */
export const restingDiskOwner = guestUser;

/** Without rights, without a way to get some, and on the files that it is given. */
export function asImageUser(...command: readonly ShValue[]): Sh {
  return sh`setpriv --reuid=${imageUser} --regid=${imageUser} --clear-groups --no-new-privs -- ${command}`;
}

/** A change of a disk image's metadata takes a moment, whatever its size. */
const patienceSeconds = 60;

export function qemuImg(...words: readonly ShValue[]): Sh {
  return asImageUser("timeout", "-k", 5, patienceSeconds, "qemu-img", ...words);
}
