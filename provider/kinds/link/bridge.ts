import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { canonical } from "../../core/addresses";
import { deleteLink, kind, refuse, run, steps, type Wanted, wanted } from "../../core/kind";
import { foreign, isMarkOf, mark, onlyOwnLink } from "../../core/mark";
import { linkName, macAddress } from "../../core/names";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import { lines, sh } from "../../core/shell";
import { onNetwork } from "../../core/unique-address";
import { cidrArg, linkNameArg, macArg, mtuArg } from "../../core/validators";
import { type Link, links } from "./links.fact";

/** What a bridge should be. */
export interface BridgeArgs {
  /** Interface name, at most 15 bytes. @default made from the stack's and the resource's name */
  name?: string;
  /** The host's own addresses on it, IPv4 and IPv6, each with its prefix length. @default none */
  addresses?: string[];
  /** MTU in bytes, 68 to 65521. @default 1500, the kernel's */
  mtu?: number;
  /** Spanning tree protocol (802.1D). With it a port forwards 30 s after it came up. @default false */
  stp?: boolean;
  /** Pinned, because a bridge without one takes its lowest port's. @default made from the name */
  macAddress?: string;
  /** Administratively up. @default true */
  up?: boolean;
  /** Made again at boot. @default true */
  persistent?: boolean;
  /** Take over a bridge of that name that exists already. It goes with this resource. @default false */
  adopt?: boolean;
}

const schema = z.strictObject({
  ...wanted,
  name: linkNameArg,
  addresses: z.array(cidrArg),
  mtu: mtuArg.optional(),
  stp: z.boolean(),
  macAddress: macArg,
  up: z.boolean(),
  persistent: z.boolean(),
  adopt: z.boolean().optional(),
});

type Want = z.infer<typeof schema> & Wanted;

export const bridge = kind<Want, { links: typeof links }>({
  name: "Bridge",
  schema,
  defaults: { addresses: [], stp: false, up: true, persistent: true },
  derive: (given, known) => ({
    name: given.name ?? known.name ?? linkName(given.host.uid, "Bridge", given.path),
    // Not the one that the state has: after a refresh that is what somebody set it to.
    macAddress: given.macAddress ?? macAddress(known.host?.uid ?? given.host.uid, "Bridge", given.path),
  }),
  impact: { name: "replace", adopt: "live", mtu: "live" },
  unique: ({ name, addresses }) => (name ? onNetwork(name, "addresses", addresses ?? []) : {}),
  boot: 20,
  facts: () => ({ links }),
  plan: (want, { links }) => {
    const link = links[want.name];
    const taken = link && foreign(want, want.name, link.alias);
    if (taken) return [refuse(taken)];
    if (link && link.kind !== "bridge") return [refuse(`${want.name} is no bridge. Choose another name`)];
    return steps(!link && run(`make the bridge ${want.name}`, add(want)), ...settings(want, link));
  },
  absent: (want, { links }) => steps(ours(want, links[want.name]) && deleteLink(want.name, mark(want))),
  actual: (want, { links }) => {
    const link = links[want.name];
    if (!ours(want, link)) return undefined;
    const { stp, macAddress, up } = link;
    return {
      stp,
      macAddress,
      up,
      addresses: sortLike(want.addresses, link.addresses),
      ...(want.mtu && { mtu: link.mtu }),
    };
  },
  outputs: () => ({}),
});

/** A bridge on a host: the switch that taps and NICs are plugged into. */
export class Bridge extends Resource {
  declare readonly name: pulumi.Output<string>;
  declare readonly addresses: pulumi.Output<string[]>;
  declare readonly mtu: pulumi.Output<number | undefined>;
  declare readonly macAddress: pulumi.Output<string>;
  constructor(name: string, args: Inputs<BridgeArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("Bridge", name, onHost(args), ["name", "macAddress"], opts);
  }
}

function add(want: Want) {
  return sh`
    if [ -e /sys/class/net/${want.name} ]; then
      ${onlyOwnLink(want, want.name)}
    else
      ip link add name ${want.name} address ${want.macAddress} type bridge stp_state 0 forward_delay 0
    fi`;
}

function settings(want: Want, link: Link | undefined) {
  const { name } = want;
  const [wished, there] = [want.addresses.map(canonical), (link?.addresses ?? []).map(canonical)];
  return [
    link?.alias !== mark(want) && sh`ip link set dev ${name} alias ${mark(want)}`,
    link?.macAddress !== want.macAddress && sh`ip link set dev ${name} address ${want.macAddress}`,
    (link?.stp ?? false) !== want.stp && stp(name, want.stp),
    want.mtu !== undefined && link?.mtu !== want.mtu && sh`ip link set dev ${name} mtu ${want.mtu}`,
    // Add before delete: with the first address of a network go all its others.
    ...wished.filter((a) => !there.includes(a)).map((a) => sh`ip address replace ${a} dev ${name} ${nodad(a)}`),
    ...there.filter((a) => !wished.includes(a)).map((a) => sh`ip address del ${a} dev ${name}`),
    link?.up !== want.up && sh`ip link set dev ${name} ${want.up ? "up" : "down"}`,
  ];
}

/** The forward delay counts with STP only: 15 s is 802.1D's own, and while it is on the kernel takes none below 2 s. */
function stp(name: string, on: boolean) {
  if (on) return sh`ip link set dev ${name} type bridge stp_state 1 forward_delay 1500`;
  return lines(
    sh`ip link set dev ${name} type bridge stp_state 0`,
    sh`ip link set dev ${name} type bridge forward_delay 0`,
  );
}

/** A bridge without ports has no carrier, and duplicate address detection would never end. */
function nodad(address: string) {
  return address.includes(":") ? sh`nodad` : sh``;
}

function ours(want: Want, link: Link | undefined): link is Link {
  return link !== undefined && link.kind === "bridge" && isMarkOf(want, link.alias);
}

/** The user's spelling and order where they mean the same, so that only a real difference shows. */
function sortLike(wished: readonly string[], there: readonly string[]): string[] {
  const rest = there.filter((a) => !wished.map(canonical).includes(canonical(a)));
  return [...wished.filter((a) => there.map(canonical).includes(canonical(a))), ...rest];
}
