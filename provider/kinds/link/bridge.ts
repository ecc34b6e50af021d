// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { z } from "zod";
import { absent, unseen } from "../../core/actual";
import { canonical } from "../../core/addresses";
import { deleteLink, kind, refuse, run, steps, type Wanted, wanted } from "../../core/kind";
import { mark, onlyOwnLink } from "../../core/mark";
import { linkName, macAddress } from "../../core/names";
import { lines, sh } from "../../core/shell";
import { onNetwork } from "../../core/unique-address";
import { cidrArg, linkNameArg, macArg, mtuArg } from "../../core/validators";
import { linkErrors } from "./errors";
import { type Link, links } from "./links.fact";
import { isOwnLink, type LinkType, makeLink, takenLink } from "./own-link";

const schema = z.strictObject({
  ...wanted,
  /** Interface name, at most 15 bytes. @default derived from the stack and the resource's name */
  name: linkNameArg,
  /** The host's own addresses on the bridge, IPv4 and IPv6, each with its prefix length. */
  addresses: z.array(cidrArg),
  /** MTU in bytes, 68 to 65521. @default 1500, the default of the kernel */
  mtu: mtuArg.optional(),
  /** Spanning tree protocol (802.1D). With STP, a port forwards only 30 s after it comes up. */
  stp: z.boolean(),
  /**
   * MAC address. The provider always sets it. Without it, the kernel would use the lowest MAC of the ports.
   * @default derived from the stack and the resource's name
   */
  macAddress: macArg,
  /** Whether the bridge is up (`ip link set up`). */
  up: z.boolean(),
  /** Create the bridge again at boot. */
  persistent: z.boolean(),
  /** Take over an existing bridge with this name. Pulumi then deletes it with this resource. @default false */
  adopt: z.boolean().optional(),
});

type Want = z.infer<typeof schema> & Wanted;

const bridgeType: LinkType = { matches: ({ kind }) => kind === "bridge", called: "a bridge" };

/**
 * A bridge on a host: a virtual switch. Its ports are taps and NICs.
 * @example
 * const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });
 */
export const bridge = kind<Want, { links: typeof links }>({
  name: "Bridge",
  schema,
  defaults: { addresses: [], stp: false, up: true, persistent: true },
  derive: (given, known) => ({
    name: given.name ?? known.name ?? linkName(given.host.uid, "Bridge", given.path),
    // Not the MAC address in the state: after a refresh, that is the actual one, which others may have changed.
    macAddress: given.macAddress ?? macAddress(known.host?.uid ?? given.host.uid, "Bridge", given.path),
  }),
  impact: { name: "replace", adopt: "live", mtu: "live" },
  unique: ({ name, addresses }) => (name ? onNetwork(name, "addresses", addresses ?? []) : {}),
  facts: () => ({ links }),
  plan: (want, { links }) => {
    const link = links[want.name];
    const taken = takenLink(want, link, bridgeType);
    if (taken) return [refuse(taken)];
    if (link) return steps(link.alias !== mark(want) && setMark(want), ...settings(want, link));
    return steps(run(`make the bridge ${want.name}`, add(want), linkErrors.notMade), ...settings(want, undefined));
  },
  earlierBoot: (want) => [
    steps(run("", addUnmarked(want), linkErrors.notMade), setMark(want), ...settings(want, undefined)),
  ],
  absent: (want, { links }) =>
    steps(isOwnLink(want, links[want.name], bridgeType) && deleteLink(want.name, mark(want))),
  actual: (want, { links }) => {
    const link = links[want.name];
    if (!isOwnLink(want, link, bridgeType)) return absent;
    const { stp, macAddress, up } = link;
    return {
      stp,
      macAddress,
      up,
      addresses: sortLike(want.addresses, link.addresses),
      mtu: want.mtu ? link.mtu : unseen,
    };
  },
});

function add(want: Want) {
  return makeLink(want, newBridge(want), setMark(want));
}

/** The text of boot scripts until version 0.1. It leaves a bridge without a mark when it breaks off. */
function addUnmarked(want: Want) {
  return sh`
    if [ -e /sys/class/net/${want.name} ]; then
      ${onlyOwnLink(want, want.name)}
    else
      ${newBridge(want)}
    fi`;
}

function newBridge({ name, macAddress }: Want) {
  return sh`ip link add name ${name} address ${macAddress} type bridge stp_state 0 forward_delay 0`;
}

function setMark(want: Want) {
  return sh`ip link set dev ${want.name} alias ${mark(want)}`;
}

function settings(want: Want, link: Link | undefined) {
  const { name } = want;
  const [wished, there] = [want.addresses.map(canonical), (link?.addresses ?? []).map(canonical)];
  return [
    link?.macAddress !== want.macAddress && sh`ip link set dev ${name} address ${want.macAddress}`,
    (link?.stp ?? false) !== want.stp && stp(name, want.stp),
    want.mtu !== undefined && link?.mtu !== want.mtu && sh`ip link set dev ${name} mtu ${want.mtu}`,
    // Add before delete: with the primary address of a subnet, the kernel deletes the secondary ones too.
    ...wished.filter((a) => !there.includes(a)).map((a) => sh`ip address replace ${a} dev ${name} ${nodad(a)}`),
    ...there.filter((a) => !wished.includes(a)).map((a) => sh`ip address del ${a} dev ${name}`),
    link?.up !== want.up && sh`ip link set dev ${name} ${want.up ? "up" : "down"}`,
  ];
}

/**
 * The forward delay has an effect only with STP. 15 s is the default of 802.1D. While STP is on, the kernel accepts no
 * delay below 2 s.
 */
function stp(name: string, on: boolean) {
  if (on) return sh`ip link set dev ${name} type bridge stp_state 1 forward_delay 1500`;
  return lines(
    sh`ip link set dev ${name} type bridge stp_state 0`,
    sh`ip link set dev ${name} type bridge forward_delay 0`,
  );
}

/** A bridge without ports has no carrier, so that duplicate address detection would never end. */
function nodad(address: string) {
  return address.includes(":") ? sh`nodad` : sh``;
}

/** Keeps the user's spelling and order of equal addresses, so that only a real difference shows. */
function sortLike(wished: readonly string[], there: readonly string[]): string[] {
  const rest = there.filter((a) => !wished.map(canonical).includes(canonical(a)));
  return [...wished.filter((a) => there.map(canonical).includes(canonical(a))), ...rest];
}
