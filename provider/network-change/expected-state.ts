// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { canonicalAddress } from "../core/addresses";
import { type Sh, sh } from "../core/shell";
import { type Addressing, hasDefault, type SeenAddress } from "./addressing.fact";

/** The state that a device must have so that the host is reachable. */
export interface Expected {
  device: string;
  /** Without prefix lengths. */
  addresses: readonly string[];
  /** Families that need a default route through the device. */
  ways: readonly (4 | 6)[];
  /** Families that need an address on the device, whichever address a server gives. */
  leased?: readonly (4 | 6)[];
  /** The NIC that is the port of this bridge. The NIC itself must have none of these addresses and default routes. */
  port?: string;
}

/** A shell condition: the device has everything expected, is up, and is not a port of another device. */
export function holdsAll({ device, addresses, ways, leased = [], port }: Expected): Sh {
  const tests = [
    ...addresses.map((address) => has(device, address)),
    ...leased.map(
      (family) => sh`ip -${family} -oneline address show dev ${device} scope global 2>/dev/null | grep -q .`,
    ),
    ...ways.map((family) => leadsOut(device, family)),
    ...(port === undefined ? [] : isBarePort(port, device, addresses, ways)),
  ];
  const stands = sh`ip link show dev ${device} up 2>/dev/null | grep -q . && [ ! -e /sys/class/net/${device}/master ]`;
  return tests.reduce((all, test) => sh`${all} && ${test}`, stands);
}

/** ip compares the local address in any form that it prints: `192.0.2.10/24`, `192.0.2.10 peer 192.0.2.1/32`. */
function has(device: string, address: string): Sh {
  return sh`ip -oneline address show dev ${device} to ${address} 2>/dev/null | grep -q .`;
}

function leadsOut(device: string, family: 4 | 6): Sh {
  return sh`ip -${family} -oneline route show default 2>/dev/null | grep -q ${`dev ${device}\\( \\|$\\)`}`;
}

/**
 * A port with such an address would answer in place of the bridge. A port with a default route would take its packets.
 */
function isBarePort(port: string, bridge: string, addresses: readonly string[], ways: readonly (4 | 6)[]): Sh[] {
  return [
    sh`[ -e /sys/class/net/${bridge}/brif/${port} ]`,
    ...addresses.map((address) => sh`! { ${has(port, address)}; }`),
    ...ways.map((family) => sh`! { ${leadsOut(port, family)}; }`),
  ];
}

/** The message when the device lacks something. */
export function missing({ device, addresses, ways, leased = [], port }: Expected): string {
  const out = ways.map((family) => `a default route of IPv${family}`);
  const given = leased.map((family) => `an address of IPv${family} from its server`);
  const got = `${device} did not get ${[...addresses, ...given, ...out].join(", ")}`;
  return port === undefined ? got : `${got}, with ${port} as its port, which has nothing of that itself`;
}

/**
 * The expected state of an unchanged device: addresses that do not expire, the address that our login came in by
 * (`wayIn`), and default routes. Router advertisements expire, so their default routes do not count.
 */
export function expectedOf(device: string, addressing: Addressing, wayIn?: string): Expected {
  const fixed = addressing.addresses.filter(({ dynamic }) => !dynamic).map(addressOf);
  const all = addressing.addresses.map(addressOf);
  const came = wayIn !== undefined && all.includes(wayIn) ? [wayIn] : [];
  const byAdvertisement = 9;
  const lasting = { ...addressing, routes: addressing.routes.filter(({ protocol }) => protocol !== byAdvertisement) };
  return {
    device,
    addresses: [...new Set([...fixed, ...came])],
    ways: ([4, 6] as const).filter((family) => hasDefault(lasting, family)),
  };
}

/** The address without prefix length, as `ip` prints it, in whatever form the CIDR is. */
export function addressOf({ cidr }: Pick<SeenAddress, "cidr">): string {
  return canonicalAddress(cidr.split("/")[0] ?? "");
}
