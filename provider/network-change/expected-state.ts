import { canonicalAddress } from "../core/addresses";
import { type Sh, sh } from "../core/shell";
import { type Addressing, hasDefault, type SeenAddress } from "./addressing.fact";

/** What a device must have for the host to be reached. */
export interface Expected {
  device: string;
  /** Without prefix lengths. */
  addresses: readonly string[];
  /** Families of which there must be a way out. */
  ways: readonly (4 | 6)[];
  /** Families of which it must have an address, whichever a server gives it. */
  leased?: readonly (4 | 6)[];
  /** The NIC that is its port, and has nothing of this itself. */
  port?: string;
}

/** A shell condition: the device has it all, and stands by itself. */
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

/** ip compares the device's own address, whatever it prints it as: `192.0.2.10/24`, `192.0.2.10 peer 192.0.2.1/32`. */
function has(device: string, address: string): Sh {
  return sh`ip -oneline address show dev ${device} to ${address} 2>/dev/null | grep -q .`;
}

function leadsOut(device: string, family: 4 | 6): Sh {
  return sh`ip -${family} -oneline route show default 2>/dev/null | grep -q ${`dev ${device}\\( \\|$\\)`}`;
}

/** A port with an address or a way out answers for the bridge, or takes its packets. */
function isBarePort(port: string, bridge: string, addresses: readonly string[], ways: readonly (4 | 6)[]): Sh[] {
  return [
    sh`[ -e /sys/class/net/${bridge}/brif/${port} ]`,
    ...addresses.map((address) => sh`! { ${has(port, address)}; }`),
    ...ways.map((family) => sh`! { ${leadsOut(port, family)}; }`),
  ];
}

/** What is said when it does not. */
export function missing({ device, addresses, ways, leased = [], port }: Expected): string {
  const out = ways.map((family) => `a default route of IPv${family}`);
  const given = leased.map((family) => `an address of IPv${family} from its server`);
  const got = `${device} did not get ${[...addresses, ...given, ...out].join(", ")}`;
  return port === undefined ? got : `${got}, with ${port} as its port, which has nothing of that itself`;
}

/** What a device that is as it was must have: what does not end by itself, and the ways out. */
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

/** As `ip` prints it, however it was spelled. */
export function addressOf({ cidr }: Pick<SeenAddress, "cidr">): string {
  return canonicalAddress(cidr.split("/")[0] ?? "");
}
