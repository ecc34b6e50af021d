import { canonical } from "../../../core/addresses";
import { mark } from "../../../core/mark";
import { lines, type Sh, sh } from "../../../core/shell";
import type { Addressing } from "../../../network-change/addressing.fact";
import { addressOf } from "../../../network-change/expected-state";
import type { Names, NetworkBackend, Origin } from "../backend";
import { formBridge } from "../bridge-commands";
import { dryRun } from "../rendering";
import type { Want } from "../situation";

/** Parts that the three network changes share. */

/** The command of a step that has nothing to do. */
export const nothing = sh`:`;

export function commonParts(want: Want, backend: NetworkBackend, paths: readonly string[], names: Names) {
  return {
    title: mark(want),
    nic: names.nic,
    withinSeconds: want.confirmWithinSeconds,
    check: paths.length > 0 ? dryRun(backend, paths, names) : nothing,
  };
}

/** Brings the bridge up from any state of a change that stopped half way. */
export function enterAgain(backend: NetworkBackend, names: Names): Sh {
  return lines((backend.formBridge ?? formBridge)(names), backend.enterBridge(names));
}

/** The addresses that the host does not have yet, and for which the change checks the LAN. */
export function newAddresses({ addresses = [], addressConflict }: Want, now: Addressing): string[] {
  const had = now.addresses.map((address) => canonical(address.cidr));
  const added = addressConflict === "ignore" ? [] : addresses.filter((one) => !had.includes(canonical(one)));
  return added.map((cidr) => addressOf({ cidr }));
}

export function namesOf({ nic, bridge, macAddress, connection }: Origin): Names {
  return { nic, bridge, macAddress, ...(connection !== undefined && { connection }) };
}
