import { lines } from "../../../core/shell";
import type { Addressing } from "../../../network-change/addressing.fact";
import { addressOf, expectedOf } from "../../../network-change/expected-state";
import type { NetworkChange } from "../../../network-change/network-change";
import type { NetworkBackend, Origin, Rendering } from "../backend";
import { formBridge, formNic, giveBack } from "../bridge-commands";
import { swapsOf } from "../rendering";
import type { Situation, Want } from "../situation";
import { afterwards, atFirstBoot, ownOf, withoutServers } from "./expectations";
import { commonParts, enterAgain, namesOf, newAddresses, nothing } from "./parts";

/** The change of a bridge that exists, or existed, to another configuration. */
export function reconfigure(
  want: Want,
  origin: Origin,
  backend: NetworkBackend,
  rendering: Rendering,
  seen: Situation,
): NetworkChange {
  const names = namesOf(origin);
  const again = enterAgain(backend, names);
  const device = currentDevice(origin, seen);
  const now = device === origin.nic ? seen.onNic : seen.onBridge;
  const booted = atFirstBoot(want, origin, backend, now);
  return {
    ...commonParts(want, backend, Object.keys(rendering), names),
    claims: newAddresses(want, seen.onBridge),
    swaps: swapsOf(rendering),
    forth: { leave: backend.leaveBridge?.(names) ?? nothing, enter: again },
    back: { leave: backend.leaveBridge?.(names) ?? nothing, enter: again },
    after: afterwards(want, origin, backend, seen),
    before: expectedOf(device, now, seen.wayIn.address),
    atFirstBoot: booted,
    rehearsal: { start: backend.rehearse, wished: withoutServers(booted), now: ownOf(device, now) },
    atBoot: backend.atBoot?.(names, origin.bridge) ?? nothing,
    byHand:
      device === origin.nic
        ? lines(formNic(names), giveBack(origin.nic, seen.onNic))
        : lines(formBridge(names), giveBack(origin.bridge, seen.onBridge)),
    record: nothing,
    confirmed: nothing,
    undone: nothing,
  };
}

/** The link that has the address of our SSH connection. It is the NIC when a person has taken the bridge apart. */
function currentDevice({ nic, bridge }: Origin, { onNic, onBridge, wayIn }: Situation): string {
  const has = ({ addresses }: Addressing) => addresses.some((address) => addressOf(address) === wayIn.address);
  return has(onNic) && !has(onBridge) ? nic : bridge;
}
