import { type Sh, sh } from "../core/shell";
import { changeFolder } from "../host-state/paths";

/** The files in the folder of a pending change, and the units that run them. */

/** The rollback of a confirmed change. It exists until the host has booted with the change. */
export const bootFolder = `${changeFolder}.boot`;
/** The folder of a confirmed change, for a moment before its deletion. */
export const doneFolder = `${changeFolder}.done`;
export const [applyPath, rollbackPath, confirmPath] = ["apply", "rollback", "confirm"].map(
  (name) => `${changeFolder}/${name}.sh`,
) as [string, string, string];

/**
 * Each attempt has its own unit names: a DHCP client that the network manager started stays in the unit that it began
 * in.
 */
export const [applyUnit, rollbackUnit] = ["pulumi-kvm-change", "pulumi-kvm-rollback"].map(
  (name) => sh`${name}-"$change_id"`,
) as [Sh, Sh];
