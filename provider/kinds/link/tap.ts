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
  name: linkNameArg,
  bridge: linkNameArg.optional(),
  user: z
    .string()
    .regex(/^[a-z0-9_][a-z0-9_-]{0,31}$/, "invalid user: must be the name or the number of a user")
    .optional(),
  mtu: mtuArg.optional(),
  up: z.boolean(),
  persistent: z.boolean(),
  adopt: z.boolean().optional(),
});

type Want = z.infer<typeof schema> & Wanted;

const tapType: LinkType = { matches: ({ tunType }) => tunType === "tap", called: "a tap" };

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
  touches: ({ name, bridge }, { links }) => ({
    links: [name, bridge, links[name]?.master].filter((name) => name !== undefined),
  }),
  absent: (want, { links }) => steps(isOwnLink(want, links[want.name], tapType) && deleteLink(want.name, mark(want))),
  actual: (want, { links }) => {
    const link = links[want.name];
    if (!isOwnLink(want, link, tapType)) return absent;
    return { up: link.up, bridge: link.master, mtu: want.mtu ? link.mtu : unseen, user: unseen };
  },
  outputs: () => ({}),
});

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
