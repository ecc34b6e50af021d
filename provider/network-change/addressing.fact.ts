import { z } from "zod";
import type { Fact } from "../core/fact";
import { json, word } from "../core/reply";
import { sh } from "../core/shell";

/**
 * Addresses and routes of a device at run time: enough to give the same to another device (ip-address(8), ip-route(8)).
 */
export interface Addressing {
  addresses: readonly SeenAddress[];
  /** Without the routes that the kernel derives from the addresses. */
  routes: readonly DeviceRoute[];
}

export interface SeenAddress {
  /** With prefix length. */
  cidr: string;
  /** From DHCP or a router advertisement. The address expires unless it is renewed. */
  dynamic: boolean;
  validSeconds?: number;
  preferredSeconds?: number;
  /** The other end of a point-to-point link. The prefix length then belongs to this peer address. */
  peer?: string;
  broadcast?: string;
  /** A label like ifupdown's `eth0:0`. Absent when it equals the name of the device. */
  label?: string;
  /** Flags of the address, in the spelling of ip-address(8). */
  flags?: string[];
}

export interface DeviceRoute {
  family: 4 | 6;
  destination: string;
  gateway?: string;
  source?: string;
  table: number;
  metric: number;
  /** The source of the route, as a number: 9 is a router advertisement, 16 is DHCP. */
  protocol: number;
  onlink: boolean;
  /** Set when a router announced the route. The route expires unless the router announces it again. */
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
    afterReboot: { addresses: [], routes: [] },
  };
}

/** Whether the device has a default route of this family in the main table (254). */
export function hasDefault({ routes }: Addressing, family: 4 | 6): boolean {
  return routes.some((route) => route.family === family && route.destination === "default" && route.table === 254);
}

const rawAddress = z.object({
  local: word.optional(),
  /** The address of the peer. */
  address: word.optional(),
  broadcast: word.optional(),
  label: word.optional(),
  prefixlen: z.number().optional(),
  scope: z.string().optional(),
  dynamic: z.boolean().optional(),
  mngtmpaddr: z.boolean().optional(),
  noprefixroute: z.boolean().optional(),
  valid_life_time: z.number().optional(),
  preferred_life_time: z.number().optional(),
});
type RawAddress = z.infer<typeof rawAddress>;

const rawLink = z.object({ ifname: word.optional(), addr_info: z.array(rawAddress).optional() });

function seenAddresses(output: string): SeenAddress[] {
  const [link] = json(output, z.array(rawLink), "[]");
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

const number = z.union([z.string(), z.number()]);
const hop = { gateway: word.optional(), flags: z.array(z.string()).optional() };
const rawRoute = z.object({
  ...hop,
  dst: word,
  type: number.optional(),
  prefsrc: word.optional(),
  table: number.optional(),
  metric: z.number().optional(),
  protocol: number.optional(),
  expires: z.number().optional(),
  nexthops: z.array(z.object(hop)).optional(),
});
type RawRoute = z.infer<typeof rawRoute>;

/**
 * Makes one route of each next hop of a multipath route. This is enough to see whether the device has a default route.
 */
function routes(output: string, family: 4 | 6): DeviceRoute[] {
  const unicast = 1;
  const all = json(output, z.array(rawRoute), "[]").filter(
    ({ type, protocol, table }) => Number(type) === unicast && Number(protocol) !== ofKernel && Number(table) !== 255,
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
