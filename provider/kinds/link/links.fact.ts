import { z } from "zod";
import type { Fact } from "../../core/fact";
import { printableLine } from "../../core/printable";
import { byName, interfaceName, json, line, word } from "../../core/reply";
import { sh } from "../../core/shell";

/** A network interface, from `ip -json -details address` (ip-link(8), ip-address(8)). */
export interface Link {
  name: string;
  /** "bridge", "tun", "veth" …; empty for a plain NIC. */
  kind: string;
  /** "tap" or "tun" for the kind "tun". */
  tunType?: string;
  /** The owner of a tap, a number or a name, as `ip tuntap` shows it. */
  user?: string;
  macAddress: string;
  mtu: number;
  up: boolean;
  master?: string;
  /** The lower link, for example of a macvlan. */
  parent?: string;
  alias: string;
  stp: boolean;
  /** What the link type itself has, by the names of ip-link(8): `{ id: 7, protocol: "802.1Q" }` of a VLAN. */
  data: LinkData;
  /** Addresses with prefix length. Without those that the kernel makes itself (link-local, router advertisements). */
  addresses: string[];
}

/** Untrusted: a kind reads the fields that it needs with a schema. Each text is one printable line. */
export type LinkData = Readonly<Record<string, unknown>>;

export type Links = Readonly<Record<string, Link>>;

export const links: Fact<Links> = {
  name: "links",
  command: sh`ip -json -details address show`,
  parse: linksIn,
  afterReboot: byName([]),
  part: {
    // ip(8) ends at a link that is absent. One that disappears in between makes it show all links.
    command: (names) => sh`
      for link in ${names}; do
        [ ! -e "/sys/class/net/$link" ] || printf 'address show dev %s\n' "$link"
      done | ip -json -details -batch - 2>/dev/null || { echo; ip -json -details address show; }`,
    parse: (output) =>
      byName(
        output
          .split("\n")
          .filter((line) => line.startsWith("["))
          .flatMap((line) => Object.entries(linksIn(line))),
      ),
  },
};

function linksIn(output: string): Links {
  return byName(json(output, z.array(rawLink), "[]").map((raw) => [raw.ifname, link(raw)]));
}

const rawLink = z.object({
  ifname: interfaceName,
  address: z.union([word, z.literal("")]).optional(),
  mtu: z.number(),
  flags: z.array(z.string()),
  master: interfaceName.optional(),
  // null: the lower link does not exist here (sit0@NONE).
  link: word.nullish(),
  ifalias: line.optional(),
  linkinfo: z
    .object({
      info_kind: line.optional(),
      info_data: z.record(z.string(), z.unknown()).optional().catch(undefined),
    })
    .optional(),
  addr_info: z
    .array(
      z.object({
        local: word.optional(),
        prefixlen: z.number().optional(),
        scope: z.string().optional(),
        dynamic: z.boolean().optional(),
      }),
    )
    .optional(),
});

/** The data of the types that our own kinds are. */
const ownData = z
  .object({
    type: line.optional(),
    user: z.union([line, z.number()]).optional(),
    stp_state: z.number().optional(),
  })
  .catch({});

function link(raw: z.infer<typeof rawLink>): Link {
  const data = ownData.parse(raw.linkinfo?.info_data ?? {});
  return {
    name: raw.ifname,
    kind: raw.linkinfo?.info_kind ?? "",
    ...(data.type !== undefined && { tunType: data.type }),
    ...(data.user !== undefined && { user: String(data.user) }),
    macAddress: raw.address ?? "",
    mtu: raw.mtu,
    up: raw.flags.includes("UP"),
    ...(raw.master !== undefined && { master: raw.master }),
    ...(raw.link && { parent: raw.link }),
    alias: raw.ifalias ?? "",
    stp: data.stp_state === 1,
    data: printableParts(raw.linkinfo?.info_data ?? {}) as LinkData,
    addresses: (raw.addr_info ?? [])
      .filter((a) => a.local !== undefined && a.scope !== "link" && !a.dynamic)
      .map((a) => `${a.local}/${a.prefixlen}`),
  };
}

/** The value with the same parts. No object has a prototype, and each text is one printable line. */
function printableParts(value: unknown): unknown {
  if (typeof value === "string") return printableLine(value);
  if (Array.isArray(value)) return value.map(printableParts);
  if (typeof value !== "object" || value === null) return value;
  return byName(Object.entries(value).map(([name, part]) => [printableLine(name), printableParts(part)]));
}
