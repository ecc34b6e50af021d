import { sh } from "../shell";
import type { Fact } from "./fact";

/** What a device has at run time, enough to give the same to another one (ip-address(8), ip-route(8)). */
export interface Addressing {
  addresses: readonly SeenAddress[];
  /** Without those that the kernel makes by itself of the addresses. */
  routes: readonly DeviceRoute[];
}

export interface SeenAddress {
  /** With prefix length. */
  cidr: string;
  /** From DHCP or a router advertisement: it ends, unless it is renewed. */
  dynamic: boolean;
  validSeconds?: number;
  preferredSeconds?: number;
  /** The other end of a link between two: then the prefix length is of this one. */
  peer?: string;
  broadcast?: string;
  /** Of ifupdown's `eth0:0`, when it is not the device's name. */
  label?: string;
  /** As ip-address(8) takes them. */
  flags?: string[];
}

export interface DeviceRoute {
  family: 4 | 6;
  destination: string;
  gateway?: string;
  source?: string;
  table: number;
  metric: number;
  /** Who made it, by number: 9 is a router advertisement, 16 DHCP. */
  protocol: number;
  onlink: boolean;
  /** A router announced it: it ends, unless it is announced again. */
  expiresSeconds?: number;
}

const ofKernel = 2;

export function addressingOf(device: string): Fact<Addressing> {
  return {
    name: `addresses and routes of ${device}`,
    command: sh`
      if [ -e /sys/class/net/${device} ]; then
        ip -json -details address show dev ${device}
        for family in 4 6; do
          printf '\n@%s\n' "$family"
          ip -Numeric -json -details "-$family" route show table all dev ${device}
        done
      fi`,
    parse: (output) => {
      const [addresses = "", v4 = "", v6 = ""] = output.split(/^@[46]$/m);
      return { addresses: seenAddresses(addresses), routes: [...routes(v4, 4), ...routes(v6, 6)] };
    },
    nothing: { addresses: [], routes: [] },
  };
}

/** Whether packets to anywhere leave by the device. */
export function hasDefault({ routes }: Addressing, family: 4 | 6): boolean {
  return routes.some((route) => route.family === family && route.destination === "default" && route.table === 254);
}

interface RawAddress {
  local?: string;
  /** The peer's. */
  address?: string;
  broadcast?: string;
  label?: string;
  prefixlen?: number;
  scope?: string;
  dynamic?: boolean;
  mngtmpaddr?: boolean;
  noprefixroute?: boolean;
  valid_life_time?: number;
  preferred_life_time?: number;
}

function seenAddresses(json: string): SeenAddress[] {
  const [link] = JSON.parse(json.trim() || "[]") as { ifname?: string; addr_info?: RawAddress[] }[];
  const lasting = (link?.addr_info ?? []).filter(({ local, scope }) => local !== undefined && scope !== "link");
  return lasting.map((raw) => seenAddress(raw, link?.ifname));
}

function seenAddress({ local, prefixlen, dynamic, ...raw }: RawAddress, device?: string): SeenAddress {
  const { address, broadcast, label } = raw;
  const flags = (["mngtmpaddr", "noprefixroute"] as const).filter((flag) => raw[flag]);
  return {
    cidr: `${local}/${prefixlen}`,
    dynamic: dynamic === true,
    ...(dynamic && { validSeconds: raw.valid_life_time ?? 0, preferredSeconds: raw.preferred_life_time ?? 0 }),
    ...(address !== undefined && { peer: address }),
    ...(broadcast !== undefined && { broadcast }),
    ...(label !== undefined && label !== device && { label }),
    ...(flags.length > 0 && { flags }),
  };
}

interface RawRoute {
  dst: string;
  type?: string;
  gateway?: string;
  prefsrc?: string;
  table?: string;
  metric?: number;
  protocol?: string;
  flags?: string[];
  expires?: number;
  nexthops?: { gateway?: string; flags?: string[] }[];
}

/** A route over several next hops is one for each here: all that is asked of them is that they lead out. */
function routes(json: string, family: 4 | 6): DeviceRoute[] {
  const unicast = "1";
  const all = (JSON.parse(json.trim() || "[]") as RawRoute[]).filter(
    ({ type, protocol, table }) => type === unicast && Number(protocol) !== ofKernel && table !== "255",
  );
  return all.flatMap((raw) => (raw.nexthops ?? [{}]).map((hop) => route({ ...raw, ...hop }, family)));
}

function route(
  { dst, gateway, prefsrc, table, metric, protocol, flags = [], expires }: RawRoute,
  family: 4 | 6,
): DeviceRoute {
  return {
    family,
    destination: dst,
    ...(gateway !== undefined && { gateway }),
    ...(prefsrc !== undefined && { source: prefsrc }),
    table: Number(table ?? 254),
    metric: metric ?? 0,
    protocol: Number(protocol ?? 0),
    onlink: flags.includes("onlink"),
    ...(expires !== undefined && { expiresSeconds: expires }),
  };
}
