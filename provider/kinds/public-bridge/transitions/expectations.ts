import { familyOf } from "../../../core/addresses";
import type { Addressing } from "../../../network-change/addressing.fact";
import { addressOf, type Expected, expectedOf } from "../../../network-change/expected-state";
import { staysAdvertised } from "../advertised";
import type { NetworkBackend, Origin } from "../backend";
import type { Situation, Want } from "../situation";

/** What the host must have after a change, and after the next boot, so that it stays reachable. */

/** The expected state of the bridge after the change. */
export function afterwards(want: Want, origin: Origin, backend: NetworkBackend, seen: Situation): Expected {
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
export function atFirstBoot(want: Want, origin: Origin, backend: NetworkBackend, now: Addressing): Expected {
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
export function withoutServers({ leased = [], ...expected }: Expected): Expected {
  return { ...expected, ways: expected.ways.filter((family) => !leased.includes(family)) };
}

/** The same for the current state of a device. */
export function ownOf(device: string, now: Addressing): Expected {
  const leased = now.addresses.some(({ cidr, dynamic }) => dynamic && !cidr.includes(":")) ? [4 as const] : [];
  return withoutServers({ ...expectedOf(device, now), leased });
}

export function fixedAddresses(want: Want, origin: Origin): readonly string[] {
  return want.addresses ?? origin.addresses;
}

export function leasedFamilies({ dynamic }: Origin, dhcp: boolean): (4 | 6)[] {
  return dhcp && dynamic.some((cidr) => familyOf(addressOf({ cidr })) === 4) ? [4] : [];
}

/** The families whose default route does not come from a router advertisement. */
export function lastingWays(ways: readonly (4 | 6)[], now: Addressing): (4 | 6)[] {
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
