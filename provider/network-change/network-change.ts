import type { Sh } from "../core/shell";
import type { Expected } from "./expected-state";
import type { Swap } from "./file-swap";
import type { Rehearsal } from "./rehearsal";

/**
 * A change of the host's own network. The host rolls it back by itself, unless a client confirms it over a new login.
 * The folder `armed` decides: the first to rename it wins, to `confirmed` or to `rolling`. Pure: these are only the
 * scripts. docs/adr/015 has the reasons.
 */
export interface NetworkChange {
  /** The mark of the resource, for readers of the host's log. */
  title: string;
  nic: string;
  withinSeconds: number;
  swaps: readonly Swap[];
  /** `leave` runs with the old files, then `enter` with the new files. */
  forth: { leave: Sh; enter: Sh };
  /** `leave` runs with all or some of the new files, then `enter` with the old files. */
  back: { leave: Sh; enter: Sh };
  /** Runs in a rollback at boot, after the files are restored and before the network comes up. */
  atBoot: Sh;
  /** Addresses that the host does not have yet. No other machine on the LAN may answer to them. */
  claims: readonly string[];
  /** Fails when the network manager would reject the staged files. It checks copies of them, below `$root`. */
  check: Sh;
  /** The expected state after the change, and after its rollback. */
  after: Expected;
  before: Expected;
  /** The expected state after the first boot with the change, whatever addresses its servers give then. */
  atFirstBoot: Expected;
  /** What the files must bring up at the next boot. */
  rehearsal: Rehearsal;
  /** Restores the old state without the network manager, when the network manager does not do it. */
  byHand: Sh;
  /**
   * `record` runs before the change and writes its record. `confirmed` or `undone` runs at the end, and deletes the
   * record if it is obsolete.
   */
  record: Sh;
  confirmed: Sh;
  undone: Sh;
}
