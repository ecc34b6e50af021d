import type { Sh } from "../core/shell";
import type { Expected } from "./expected-state";
import type { Swap } from "./file-swap";
import type { Rehearsal } from "./rehearsal";

/**
 * A change of the host's own network, which is undone by the host itself unless somebody who got in afterwards says
 * that it is right. `armed` is the one thing that decides: whoever renames it first, to `confirmed` or to `rolling`, has
 * it. Pure: these are the scripts; docs/adr/015 has the reasons.
 */
export interface NetworkChange {
  /** Whose it is, for whoever reads the host's log. */
  title: string;
  nic: string;
  withinSeconds: number;
  swaps: readonly Swap[];
  /** With the old files; then with the new ones. */
  forth: { leave: Sh; enter: Sh };
  /** With the new files, or some; then with the old ones. */
  back: { leave: Sh; enter: Sh };
  /** After the files were put back before the network is brought up. */
  atBoot: Sh;
  /** Addresses that the host does not have yet: nobody on the LAN may answer to them. */
  claims: readonly string[];
  /** Fails when the owner would not take the staged files, which lie below `$root`. */
  check: Sh;
  /** What must be there afterwards, and what must be there again when it was undone. */
  after: Expected;
  before: Expected;
  /** What must be there after the first boot with it, whatever its servers give it then. */
  atFirstBoot: Expected;
  /** What its files must bring up at the next boot. */
  rehearsal: Rehearsal;
  /** Brings back what was there without the owner, when it does not do it. */
  byHand: Sh;
  /** What is written down before anything is done, and what then becomes of it. */
  record: Sh;
  confirmed: Sh;
  undone: Sh;
}
