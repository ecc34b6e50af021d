import { canonical, familyOf } from "../../core/addresses";
import type { Wanted } from "../../core/kind";
import { mark } from "../../core/mark";
import { lines, type Sh, sh } from "../../core/shell";
import { nicFolder } from "../../host-state/paths";
import { withoutDetection } from "../../network-change/address-detection";
import type { Addressing } from "../../network-change/addressing.fact";
import { addressOf, type Expected, expectedOf } from "../../network-change/expected-state";
import { type Swap, unstageFiles } from "../../network-change/file-swap";
import { withoutProof } from "../../network-change/first-boot";
import type { NetworkChange } from "../../network-change/network-change";
import type { NetworkChange as Pending } from "../../network-change/pending-change.fact";
import type { BridgeNetfilter } from "../firewall/bridge-netfilter.fact";
import type { PacketFilter } from "../firewall/packet-filter.fact";
import type { Links } from "../link/links.fact";
import { staysAdvertised } from "./advertised";
import type { Names, NetworkBackend, Origin, Rendering, Wishes } from "./backend";
import { networkBackend } from "./backends";
import { formBridge, formNic, giveBack } from "./bridge-commands";
import type { NicConfig } from "./nic-config";
import type { NicRules } from "./nic-rules.fact";
import { record, savedAt } from "./origin";
import type { SshServerAddress } from "./ssh-address.fact";

/** The three network changes: from the NIC to the bridge, of the bridge, and back to the NIC. */

export interface Want extends Wanted, Wishes {
  nic: string;
  confirmWithinSeconds: number;
  addressConflict: "refuse" | "ignore";
  bridgeNetfilter?: "off" | undefined;
  rulesOnNic?: "keep" | undefined;
}

export interface Situation {
  links: Links;
  nicConfig: NicConfig;
  onNic: Addressing;
  onBridge: Addressing;
  change: Pending;
  wayIn: SshServerAddress;
  bridgeNetfilter: BridgeNetfilter;
  packetFilter: PacketFilter;
  nicRules: NicRules;
}

/** The desired configuration files. */
export function rendered(origin: Origin, wishes: Wishes): Rendering {
  const files = networkBackend(origin.backend).render(origin, wishes);
  return origin.cloudInit
    ? { ...files, [cloudInitOff]: { content: "network: {config: disabled}\n", mode: 0o644 } }
    : files;
}

/**
 * Turns the network configuration of cloud-init off. Otherwise cloud-init writes its own files again at the next boot,
 * without the bridge.
 */
const cloudInitOff = "/etc/cloud/cloud.cfg.d/99-pulumi-kvm-network.cfg";

/** The change that makes the bridge. */
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
    swaps: Object.entries(rendering).map(swapTo),
    forth: { leave: backend.leaveNic(names), enter: backend.enterBridge(names) },
    back: { leave: backend.leaveBridge(names), enter: backend.enterNic(names, withoutDetection(origin.nic)) },
    after: afterwards(want, origin, backend, seen),
    before: expectedOf(origin.nic, seen.onNic, seen.wayIn.address),
    atFirstBoot: booted,
    rehearsal: { start: backend.rehearse, wished: withoutServers(booted), now: ownOf(origin.nic, seen.onNic) },
    atBoot: backend.atBoot(names, origin.nic),
    byHand: lines(formNic(names), giveBack(origin.nic, seen.onNic)),
    record: record(origin, mark(want), touched),
    confirmed: sh`:`,
    undone: sh`rm -rf ${nicFolder(origin.nic)}; rmdir ${nicFolder("")} 2>/dev/null || :`,
  };
}

/** Removes the record and the staged files of a change that never began. */
export function forget(want: Want, origin: Origin): Sh {
  const beside = Object.entries(rendered(origin, want)).map(swapTo);
  return lines(unstageFiles(beside), sh`rm -rf ${nicFolder(origin.nic)}; rmdir ${nicFolder("")} 2>/dev/null || :`);
}

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
    swaps: Object.entries(rendering).map(swapTo),
    forth: { leave: backend.leaveBridge(names), enter: again },
    back: { leave: backend.leaveBridge(names), enter: again },
    after: afterwards(want, origin, backend, seen),
    before: expectedOf(device, now, seen.wayIn.address),
    atFirstBoot: booted,
    rehearsal: { start: backend.rehearse, wished: withoutServers(booted), now: ownOf(device, now) },
    atBoot: backend.atBoot(names, origin.bridge),
    byHand:
      device === origin.nic
        ? lines(formNic(names), giveBack(origin.nic, seen.onNic))
        : lines(formBridge(names), giveBack(origin.bridge, seen.onBridge)),
    record: sh`:`,
    confirmed: sh`:`,
    undone: sh`:`,
  };
}

/** The change that restores the NIC. */
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
      leave: backend.leaveBridge(names),
      enter: backend.enterNic(names, onlyMoves(origin, seen) ? withoutDetection(origin.nic) : sh`:`),
    },
    back: { leave: backend.leaveNic(names), enter: enterAgain(backend, names) },
    after: {
      device: origin.nic,
      addresses: [...new Set([...origin.addresses.map((cidr) => addressOf({ cidr })), ...came])],
      ways: origin.ways,
    },
    before: expectedOf(origin.bridge, seen.onBridge, address),
    atFirstBoot: booted,
    rehearsal: { start: backend.rehearse, wished: withoutServers(booted), now: ownOf(origin.bridge, seen.onBridge) },
    atBoot: backend.atBoot(names, origin.bridge),
    byHand: lines(formBridge(names), giveBack(origin.bridge, seen.onBridge)),
    record: sh`:`,
    // No guard for the first boot: the host booted with the old files before. A guard would restore the bridge over a
    // configuration that a person makes afterwards.
    confirmed: lines(sh`rm -rf ${nicFolder(origin.nic)}`, withoutProof(origin.nic)),
    undone: sh`:`,
  };
}

/** Brings the bridge up from any state of a change that stopped half way. */
function enterAgain(backend: NetworkBackend, names: Names): Sh {
  return lines((backend.formBridge ?? formBridge)(names), backend.enterBridge(names));
}

/**
 * Whether the addresses only move from the bridge to the NIC. An address that the bridge did not have may belong to
 * another machine by now, so the kernel must do duplicate address detection.
 */
function onlyMoves({ addresses }: Origin, { onBridge }: Situation): boolean {
  const there = onBridge.addresses.map(({ cidr }) => canonical(cidr));
  return addresses.every((address) => there.includes(canonical(address)));
}

export function fixedAddresses(want: Want, origin: Origin): readonly string[] {
  return want.addresses ?? origin.addresses;
}

/** The link that has the address of our SSH connection. It is the NIC when a person has taken the bridge apart. */
function currentDevice({ nic, bridge }: Origin, { onNic, onBridge, wayIn }: Situation): string {
  const has = ({ addresses }: Addressing) => addresses.some((address) => addressOf(address) === wayIn.address);
  return has(onNic) && !has(onBridge) ? nic : bridge;
}

function commonParts(want: Want, backend: NetworkBackend, paths: readonly string[], names: Names) {
  return {
    title: mark(want),
    nic: names.nic,
    withinSeconds: want.confirmWithinSeconds,
    check: paths.length > 0 ? dryRun(backend, paths, names) : sh`:`,
  };
}

function newAddresses({ addresses = [], addressConflict }: Want, now: Addressing): string[] {
  const had = now.addresses.map((address) => canonical(address.cidr));
  const added = addressConflict === "ignore" ? [] : addresses.filter((one) => !had.includes(canonical(one)));
  return added.map((cidr) => addressOf({ cidr }));
}

/** The network manager checks the staged files below a temporary root. */
function dryRun(backend: NetworkBackend, paths: readonly string[], names: Names): Sh {
  const staged = (path: string) => path.replace(/([^/]+)$/, ".$1.pulumi-kvm-new");
  return lines(
    sh`root=$(mktemp -d)`,
    ...paths.map(
      (path) => sh`mkdir -p "$root"${path.slice(0, path.lastIndexOf("/"))}; cp -p ${staged(path)} "$root"${path}`,
    ),
    sh`if ! said=$( ( set -eu; ${backend.check(names, paths)} ) 2>&1 ); then rm -rf "$root"; echo "$said" >&2; exit 1; fi`,
    sh`rm -rf "$root"`,
  );
}

function afterwards(want: Want, origin: Origin, backend: NetworkBackend, seen: Situation): Expected {
  const { wayIn } = seen;
  const dhcp = want.dhcp ?? backend.asksDhcp(origin);
  const fixed = fixedAddresses(want, origin).map((cidr) => addressOf({ cidr }));
  const leased = origin.dynamic.map((cidr) => addressOf({ cidr }));
  const kept = [...(dhcp ? leased : []), ...staysAdvertised(seen, origin.macAddress)];
  const came = kept.filter((address) => address === wayIn.address);
  const ways = ([4, 6] as const).filter((family) => hasWay(family, want, origin, dhcp));
  return { device: origin.bridge, addresses: [...new Set([...fixed, ...came])], ways, port: origin.nic };
}

/**
 * The expected state after the first boot. A DHCP server may give another address by then, so only the family of a
 * lease counts. A router may be silent for a while, so its routes do not count.
 */
function atFirstBoot(want: Want, origin: Origin, backend: NetworkBackend, now: Addressing): Expected {
  const dhcp = want.dhcp ?? backend.asksDhcp(origin);
  const ways = ([4, 6] as const).filter((family) => hasWay(family, want, origin, dhcp));
  const wished = ways.filter((family) => want.gateways?.some((gateway) => familyOf(gateway) === family));
  return {
    device: origin.bridge,
    addresses: fixedAddresses(want, origin).map((cidr) => addressOf({ cidr })),
    ways: [...new Set([...wished, ...lastingWays(ways, now)])],
    leased: leasedFamilies(origin, dhcp),
    port: origin.nic,
  };
}

/** Only what needs no server. A rehearsal can bring up nothing else. */
function withoutServers({ leased = [], ...expected }: Expected): Expected {
  return { ...expected, ways: expected.ways.filter((family) => !leased.includes(family)) };
}

/** The same for the current state of a device. */
function ownOf(device: string, now: Addressing): Expected {
  const leased = now.addresses.some(({ cidr, dynamic }) => dynamic && !cidr.includes(":")) ? [4 as const] : [];
  return withoutServers({ ...expectedOf(device, now), leased });
}

function leasedFamilies({ dynamic }: Origin, dhcp: boolean): (4 | 6)[] {
  return dhcp && dynamic.some((cidr) => familyOf(addressOf({ cidr })) === 4) ? [4] : [];
}

/** The families whose default route does not come from a router advertisement. */
function lastingWays(ways: readonly (4 | 6)[], now: Addressing): (4 | 6)[] {
  const lasting = expectedOf("", now).ways;
  return ways.filter((family) => lasting.includes(family));
}

/**
 * Whether the bridge must have a default route: through a desired gateway, or from a server or configuration as before.
 */
function hasWay(family: 4 | 6, { gateways }: Want, origin: Origin, dhcp: boolean): boolean {
  if (gateways?.some((gateway) => familyOf(gateway) === family)) return true;
  const had = origin.ways.includes(family);
  if (family === 4 && origin.wayFromDhcp) return had && dhcp;
  return had && gateways === undefined;
}

function namesOf({ nic, bridge, macAddress, connection }: Origin): Names {
  return { nic, bridge, macAddress, ...(connection !== undefined && { connection }) };
}

function swapTo([path, file]: [string, Rendering[string]]): Swap {
  return { path, to: file ?? "absent" };
}
