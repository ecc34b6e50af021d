import { guestUser } from "../../core/guest-user";
import { type Sh, type ShValue, sh } from "../../core/shell";

/**
 * qemu-img reads files that a guest has written or that came from outside. So it never runs as root, and has a time
 * limit: a file that names a FIFO as its data would block it, and with it the host's lock.
 */

/** The user that works on a disk image. It has no account, and owns the file only during that work. */
export const imageUser = guestUser;

/**
 * The owner of a disk while no guest runs on it: root. Not the image user: a guest of version 0.1.0 may still run as
 * that one.
 */
export const restingDiskOwner = "0:0";

/** Runs a command without privileges, and without a way to gain them. */
export function asImageUser(...command: readonly ShValue[]): Sh {
  return sh`setpriv --reuid=${imageUser} --regid=${imageUser} --clear-groups --no-new-privs -- ${command}`;
}

/** Time limit in seconds. A change of metadata is fast, whatever the size of the disk. */
const patienceSeconds = 60;

export function qemuImg(...words: readonly ShValue[]): Sh {
  return asImageUser("timeout", "-k", 5, patienceSeconds, "qemu-img", ...words);
}
