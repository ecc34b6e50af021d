import { mark } from "../../../core/mark";
import { lines, type Sh, sh } from "../../../core/shell";
import { nicFolder } from "../../../host-state/paths";
import { withoutDetection } from "../../../network-change/address-detection";
import { expectedOf } from "../../../network-change/expected-state";
import { unstageFiles } from "../../../network-change/file-swap";
import type { NetworkChange } from "../../../network-change/network-change";
import type { NetworkBackend, Origin, Rendering } from "../backend";
import { formNic, giveBack } from "../bridge-commands";
import { record } from "../origin";
import { rendered, swapsOf } from "../rendering";
import type { Situation, Want } from "../situation";
import { afterwards, atFirstBoot, ownOf, withoutServers } from "./expectations";
import { commonParts, namesOf, newAddresses, nothing } from "./parts";

/** The change from the NIC to the bridge. */
export function attach(
  want: Want,
  origin: Origin,
  backend: NetworkBackend,
  rendering: Rendering,
  seen: Situation,
): NetworkChange {
  const names = namesOf(origin);
  const touched = [...origin.sources, ...Object.keys(rendering)];
  const booted = atFirstBoot(want, origin, backend, seen.onNic);
  return {
    ...commonParts(want, backend, Object.keys(rendering), names),
    claims: newAddresses(want, seen.onNic),
    swaps: swapsOf(rendering),
    forth: { leave: backend.leaveNic?.(names) ?? nothing, enter: backend.enterBridge(names) },
    back: {
      leave: backend.leaveBridge?.(names) ?? nothing,
      enter: backend.enterNic(names, withoutDetection(origin.nic)),
    },
    after: afterwards(want, origin, backend, seen),
    before: expectedOf(origin.nic, seen.onNic, seen.wayIn.address),
    atFirstBoot: booted,
    rehearsal: { start: backend.rehearse, wished: withoutServers(booted), now: ownOf(origin.nic, seen.onNic) },
    atBoot: backend.atBoot?.(names, origin.nic) ?? nothing,
    byHand: lines(formNic(names), giveBack(origin.nic, seen.onNic)),
    record: record(origin, mark(want), touched),
    confirmed: nothing,
    undone: sh`rm -rf ${nicFolder(origin.nic)}; rmdir ${nicFolder("")} 2>/dev/null || :`,
  };
}

/** Removes the record and the staged files of a change that never began. */
export function forget(want: Want, origin: Origin): Sh {
  return lines(
    unstageFiles(swapsOf(rendered(origin, want))),
    sh`rm -rf ${nicFolder(origin.nic)}; rmdir ${nicFolder("")} 2>/dev/null || :`,
  );
}
