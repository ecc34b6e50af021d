import { z } from "zod";
import { guestUser } from "../../core/guest-user";
import { deleteLink, kind, refuse, run, steps, type Wanted, wanted } from "../../core/kind";
import { foreign, isMarkOf, mark, onlyOwnLink } from "../../core/mark";
import { linkName } from "../../core/names";
import { sh } from "../../core/shell";
import { linkNameArg, mtuArg } from "../../core/validators";
import { linkErrors } from "./errors";
import { type Link, links } from "./links.fact";

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

export const tap = kind<Want, { links: typeof links }>({
  name: "Tap",
  schema,
  defaults: { up: true, persistent: true },
  derive: (given, known) => ({ name: given.name ?? known.name ?? linkName(given.host.uid, "Tap", given.path) }),
  impact: { name: "replace", user: "replace", bridge: "live", mtu: "live" },
  bridgeOf: ({ name, bridge }) => (name && bridge ? { [name]: bridge } : {}),
  boot: 30,
  facts: () => ({ links }),
  plan: (want, { links }) => {
    const link = links[want.name];
    const taken = link && foreign(want, want.name, link.alias);
    if (taken) return [refuse(taken)];
    if (link && link.tunType !== "tap") return [refuse(notATap(want.name))];
    if (!link) return steps(run(`make the tap ${want.name}`, add(want), linkErrors.notMade));
    const words = differing(want, link);
    return steps(words.length > 0 && set(want, words));
  },
  absent: (want, { links }) => steps(ours(want, links[want.name]) && deleteLink(want.name, mark(want))),
  actual: (want, { links }) => {
    const link = links[want.name];
    if (!ours(want, link)) return undefined;
    return { up: link.up, bridge: link.master, ...(want.mtu && { mtu: link.mtu }) };
  },
  outputs: () => ({}),
});

function notATap(name: string) {
  return linkErrors.wrongType(`${name} exists but is not a tap. Choose another name`);
}

/**
 * Deletes the new tap again when its setup fails. Without a mark it would have no owner, and the next run would refuse
 * it.
 */
function add(want: Want) {
  return sh`
    made=
    if [ -e /sys/class/net/${want.name} ]; then
      ${onlyOwnLink(want, want.name)}
    else
      [ -c /dev/net/tun ] || { echo "the host has no /dev/net/tun. Load the module: modprobe tun" >&2; exit 1; }
      ip tuntap add dev ${want.name} mode tap user ${want.user ?? guestUser}
      made=yes
    fi
    ${set(want, differing(want, undefined))} || { [ -z "$made" ] || ip link delete dev ${want.name}; exit 1; }`;
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

function ours(want: Want, link: Link | undefined): link is Link {
  return link !== undefined && link.tunType === "tap" && isMarkOf(want, link.alias);
}
