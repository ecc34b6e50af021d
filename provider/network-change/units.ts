import { type Sh, sh } from "../core/shell";
import { changeFolder } from "../host-state/paths";

/** What lies in the folder of a change that is not decided, and the units that read it. */

/** The way back of one that was confirmed, until the host has booted with it. */
export const bootFolder = `${changeFolder}.boot`;
/** What is left of one that was confirmed, for a moment. */
export const doneFolder = `${changeFolder}.done`;
export const [applyPath, rollbackPath, confirmPath] = ["apply", "rollback", "confirm"].map(
  (name) => `${changeFolder}/${name}.sh`,
) as [string, string, string];

/** A name for each try: a DHCP client that the owner started keeps the unit that it was started in. */
export const [applyUnit, rollbackUnit] = ["pulumi-kvm-change", "pulumi-kvm-rollback"].map(
  (name) => sh`${name}-"$change_id"`,
) as [Sh, Sh];
