// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { z } from "zod";
import { absent, unseen } from "../../core/actual";
import { guestUser } from "../../core/guest-user";
import { deleteLink, kind, refuse, run, steps, type Wanted, wanted } from "../../core/kind";
import { mark } from "../../core/mark";
import { linkName } from "../../core/names";
import { lines, sh } from "../../core/shell";
import { linkNameArg, mtuArg } from "../../core/validators";
import { linkErrors } from "./errors";
import { type Link, links } from "./links.fact";
import { isOwnLink, type LinkType, makeLink, takenLink } from "./own-link";

const schema = z.strictObject({
  ...wanted,
  /** Interface name, at most 15 bytes. @default derived from the stack and the resource's name */
  name: linkNameArg,
  /** Bridge that has this tap as a port. @default none */
  bridge: linkNameArg.optional(),
  /**
   * User, by name or number, that may open the tap without privileges. A Guest does not need it.
   * @default 60999 (in version 0.1.0, all guests ran as this user)
   */
  user: z
    .string()
    .regex(/^[a-z0-9_][a-z0-9_-]{0,31}$/, "invalid user: must be the name or the number of a user")
    .optional(),
  /** MTU in bytes, 68 to 65521. @default 1500, the default of the kernel */
  mtu: mtuArg.optional(),
  /** Whether the tap is up (`ip link set up`). */
  up: z.boolean(),
  /** Create the tap again at boot. */
  persistent: z.boolean(),
  /** Take over an existing tap with this name. Pulumi then deletes it with this resource. @default false */
  adopt: z.boolean().optional(),
});

type Want = z.infer<typeof schema> & Wanted;

const tapType: LinkType = { matches: ({ tunType }) => tunType === "tap", called: "a tap" };

/**
 * A tap device on a host. It connects a NIC of a guest to a bridge.
 * @example
 * const lan = new kvm.Bridge("lan", { host });
 * const tap = new kvm.Tap("web", { host, bridge: lan.name });
 */
export const tap = kind<Want, { links: typeof links }>({
  name: "Tap",
  schema,
  defaults: { up: true, persistent: true },
  derive: (given, known) => ({ name: given.name ?? known.name ?? linkName(given.host.uid, "Tap", given.path) }),
  impact: { name: "replace", user: "replace", bridge: "live", mtu: "live" },
  bridgeOf: ({ name, bridge }) => (name && bridge ? { [name]: bridge } : {}),
  facts: () => ({ links }),
  plan: (want, { links }) => {
    const link = links[want.name];
    const taken = takenLink(want, link, tapType);
    if (taken) return [refuse(taken)];
    if (!link) return steps(run(`make the tap ${want.name}`, add(want), linkErrors.notMade));
    const words = differing(want, link);
    return steps(words.length > 0 && set(want, words));
  },
  // A tap also changes the MTU and the state of the bridge that it joins or leaves.
  touches: ({ name, bridge }, { links }) => ({ links: [name, bridge, links[name]?.master].filter(isName) }),
  absent: (want, { links }) => steps(isOwnLink(want, links[want.name], tapType) && deleteLink(want.name, mark(want))),
  actual: (want, { links }) => {
    const link = links[want.name];
    if (!isOwnLink(want, link, tapType)) return absent;
    return { up: link.up, bridge: link.master, mtu: want.mtu ? link.mtu : unseen, user: unseen };
  },
});

function isName(name: string | undefined): name is string {
  return name !== undefined;
}

function add(want: Want) {
  const make = lines(
    sh`[ -c /dev/net/tun ] || { echo "the host has no /dev/net/tun. Load the module: modprobe tun" >&2; exit 1; }`,
    sh`ip tuntap add dev ${want.name} mode tap user ${want.user ?? guestUser}`,
  );
  return makeLink(want, make, set(want, differing(want, undefined)));
}

/** One call for all settings, because each process costs time when a run creates a hundred taps. */
function set(want: Want, words: string[]) {
  return sh`ip link set dev ${want.name} ${words}`;
}

function differing(want: Want, link: Link | undefined): string[] {
  return [
    ...(link?.alias === mark(want) ? [] : ["alias", mark(want)]),
    ...(want.bridge !== undefined && link?.master !== want.bridge ? ["master", want.bridge] : []),
    ...(want.bridge === undefined && link?.master !== undefined ? ["nomaster"] : []),
    ...(want.mtu !== undefined && link?.mtu !== want.mtu ? ["mtu", `${want.mtu}`] : []),
    ...(link?.up === want.up ? [] : [want.up ? "up" : "down"]),
  ];
}
