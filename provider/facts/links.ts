import { sh } from "../shell";
import type { Fact } from "./fact";

/** A network interface, from `ip -json -details address` (ip-link(8), ip-address(8)). */
export interface Link {
  name: string;
  /** "bridge", "tun", "veth" …; empty for a plain NIC. */
  kind: string;
  /** "tap" or "tun" for the kind "tun". */
  tunType?: string;
  /** Numeric or by name, as `ip tuntap` shows the owner of a tap. */
  user?: string;
  macAddress: string;
  mtu: number;
  up: boolean;
  master?: string;
  /** The link that it stands on, as a macvlan does. */
  parent?: string;
  alias: string;
  stp: boolean;
  /** With prefix length; without those that the kernel makes itself (link-local, RA). */
  addresses: string[];
}

export type Links = Readonly<Record<string, Link>>;

export const links: Fact<Links> = {
  name: "links",
  command: sh`ip -json -details address show`,
  parse: (output) => Object.fromEntries((JSON.parse(output || "[]") as Raw[]).map(link).map((l) => [l.name, l])),
  nothing: {},
};

interface Raw {
  ifname: string;
  address?: string;
  mtu: number;
  flags: string[];
  master?: string;
  link?: string;
  ifalias?: string;
  linkinfo?: { info_kind?: string; info_data?: { type?: string; user?: string | number; stp_state?: number } };
  addr_info?: { family?: string; local?: string; prefixlen?: number; scope?: string; dynamic?: boolean }[];
}

function link(raw: Raw): Link {
  const data = raw.linkinfo?.info_data ?? {};
  return {
    name: raw.ifname,
    kind: raw.linkinfo?.info_kind ?? "",
    ...(data.type !== undefined && { tunType: data.type }),
    ...(data.user !== undefined && { user: String(data.user) }),
    macAddress: raw.address ?? "",
    mtu: raw.mtu,
    up: raw.flags.includes("UP"),
    ...(raw.master !== undefined && { master: raw.master }),
    ...(raw.link !== undefined && { parent: raw.link }),
    alias: raw.ifalias ?? "",
    stp: data.stp_state === 1,
    addresses: (raw.addr_info ?? [])
      .filter((a) => a.local !== undefined && a.scope !== "link" && !a.dynamic)
      .map((a) => `${a.local}/${a.prefixlen}`),
  };
}
