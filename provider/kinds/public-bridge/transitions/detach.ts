import { canonical } from "../../../core/addresses";
import { lines, sh } from "../../../core/shell";
import { nicFolder } from "../../../host-state/paths";
import { withoutDetection } from "../../../network-change/address-detection";
import { addressOf, expectedOf } from "../../../network-change/expected-state";
import { withoutProof } from "../../../network-change/first-boot";
import type { NetworkChange } from "../../../network-change/network-change";
import type { Origin } from "../backend";
import { networkBackend } from "../backends";
import { formBridge, giveBack } from "../bridge-commands";
import { savedAt } from "../origin";
import { rendered } from "../rendering";
import type { Situation, Want } from "../situation";
import { lastingWays, leasedFamilies, ownOf, withoutServers } from "./expectations";
import { commonParts, enterAgain, namesOf, nothing } from "./parts";

/** The change from the bridge back to the NIC. */
export function detach(want: Want, origin: Origin, seen: Situation): NetworkChange {
  const [names, backend] = [namesOf(origin), networkBackend(origin.backend)];
  const paths = Object.keys(rendered(origin, want));
  const { address } = seen.wayIn;
  const had = [...origin.addresses, ...origin.dynamic].map((cidr) => addressOf({ cidr }));
  const came = address !== undefined && had.includes(address) ? [address] : [];
  const booted = {
    device: origin.nic,
    addresses: origin.addresses.map((cidr) => addressOf({ cidr })),
    ways: lastingWays(origin.ways, seen.onBridge),
    leased: leasedFamilies(origin, backend.asksDhcp(origin)),
  };
  return {
    ...commonParts(want, backend, [], names),
    claims: [],
    swaps: paths.map((path) => ({ path, to: path in origin.files ? { copyOf: savedAt(origin.nic, path) } : "absent" })),
    forth: {
      leave: backend.leaveBridge?.(names) ?? nothing,
      enter: backend.enterNic(names, onlyMoves(origin, seen) ? withoutDetection(origin.nic) : nothing),
    },
    back: { leave: backend.leaveNic?.(names) ?? nothing, enter: enterAgain(backend, names) },
    after: {
      device: origin.nic,
      addresses: [...new Set([...origin.addresses.map((cidr) => addressOf({ cidr })), ...came])],
      ways: origin.ways,
    },
    before: expectedOf(origin.bridge, seen.onBridge, address),
    atFirstBoot: booted,
    rehearsal: { start: backend.rehearse, wished: withoutServers(booted), now: ownOf(origin.bridge, seen.onBridge) },
    atBoot: backend.atBoot?.(names, origin.bridge) ?? nothing,
    byHand: lines(formBridge(names), giveBack(origin.bridge, seen.onBridge)),
    record: nothing,
    // No guard for the first boot: the host booted with the old files before. A guard would restore the bridge over a
    // configuration that a person makes afterwards.
    confirmed: lines(sh`rm -rf ${nicFolder(origin.nic)}`, withoutProof(origin.nic)),
    undone: nothing,
  };
}

/**
 * Whether the addresses only move from the bridge to the NIC. An address that the bridge did not have may belong to
 * another machine by now, so the kernel must do duplicate address detection.
 */
function onlyMoves({ addresses }: Origin, { onBridge }: Situation): boolean {
  const there = onBridge.addresses.map(({ cidr }) => canonical(cidr));
  return addresses.every((address) => there.includes(canonical(address)));
}
