import { familyOf, parseCidr } from "../../addresses";
import type { ConfigFile } from "../../facts/nic-owner";
import { lines, sh } from "../../shell";
import { optionOf, type Part, parseInterfaces, printInterfaces, type Stanza } from "../interfaces";
import { contentOf, type Origin, type Owner, type Wishes } from "../owner";
import { makeBridge } from "../runtime";
import { keepLease, leaseOf, moveLease, useLease } from "./dhclient-lease";

/** Debian's ifupdown (interfaces(5)). Needs no bridge-utils, whose bridge_ports costs a second of outage. */
export const ifupdown: Owner = {
  name: "ifupdown",
  obstacle: (origin) => {
    const stanzas = stanzasOf(origin);
    const bridged = stanzas.find((one) => optionOf(one, "bridge_ports")?.split(" ").includes(origin.nic));
    if (bridged) return `${origin.nic} is a port of ${bridged.link} by bridge_ports already`;
    const above = stanzas.find(
      (one) => optionOf(one, "vlan-raw-device") === origin.nic || one.link.startsWith(`${origin.nic}.`),
    );
    if (above) return `${above.link} is a VLAN on ${origin.nic}, which a bridge's port cannot have`;
    if (own(stanzas, origin.nic).length === 0) return `no stanza in ${origin.sources.join(", ")} is for ${origin.nic}`;
    return undefined;
  },
  asksDhcp: (origin) =>
    own(stanzasOf(origin), origin.nic).some(({ family, method }) => family === "inet" && method === "dhcp"),
  render: (origin, wishes) => {
    const home = origin.sources.find((path) => own(stanzas(origin, path), origin.nic).length > 0);
    const changed = origin.sources.map((path) => [path, rewritten(origin, path, path === home, wishes)] as const);
    return Object.fromEntries(changed.filter((entry): entry is [string, ConfigFile] => entry[1] !== undefined));
  },
  check: ({ bridge }, paths) =>
    lines(
      ...paths.map(
        (path) =>
          sh`if grep -q ${`^iface ${bridge} `} "$root"${path}; then ifquery --interfaces="$root"${path} ${bridge} >/dev/null; fi`,
      ),
    ),
  leaveNic: (names) =>
    lines(
      keepLease(names, names.nic),
      sh`ifdown --force ${names.nic}`,
      clear(names.nic),
      sh`rm -f ${leaseOf(names.nic)}`,
    ),
  enterBridge: (names) => lines(useLease(names, names.bridge), makeBridge(names), sh`ifup --force ${names.bridge}`),
  leaveBridge: (names) =>
    lines(
      keepLease(names, names.bridge),
      sh`ifdown --force ${names.bridge}`,
      sh`if [ -e /sys/class/net/${names.bridge} ]; then ip link delete dev ${names.bridge}; fi`,
      sh`rm -f ${[`/run/network/ifstate.${names.bridge}`, leaseOf(names.bridge)]}`,
    ),
  enterNic: (names, unasked) =>
    lines(
      keepLease(names, names.nic),
      sh`if ifquery --state ${names.nic} >/dev/null; then ifdown --force ${names.nic} || :; fi`,
      clear(names.nic),
      sh`ip link set dev ${names.nic} nomaster`,
      unasked,
      useIpv6(names.nic),
      useLease(names, names.nic),
      sh`ifup --force ${names.nic}`,
    ),
  atBoot: (names, device) => lines(moveLease(names, device), useLease(names, device)),
};

/** A port has no addresses of its own. Turned on again, the kernel gives it its link-local one. */
function useIpv6(nic: string) {
  const setting = (link: string) => `/proc/sys/net/ipv6/conf/${link}/disable_ipv6`;
  return sh`if [ -e ${setting(nic)} ]; then cat ${setting("default")} >${setting(nic)}; fi`;
}

function clear(link: string) {
  return sh`ip address flush dev ${link} scope global`;
}

/** Undefined: the file says nothing of the NIC. */
function rewritten(origin: Origin, path: string, isHome: boolean, wishes: Wishes): ConfigFile | undefined {
  const parts = parseInterfaces(contentOf(origin, path));
  if (!parts.some((part) => mentions(part, origin.nic))) return undefined;
  const kept = parts.flatMap((part) => without(part, origin.nic));
  const bridge = isHome ? bridgeParts(origin, wishes) : [];
  const [blank] = kept.slice(-1);
  const content = printInterfaces([...kept, ...(isHome && blank && !isBlank(blank) ? [other("")] : []), ...bridge]);
  return { content: content.endsWith("\n") ? content : `${content}\n`, mode: origin.files[path]?.mode ?? 0o644 };
}

function mentions(part: Part, nic: string): boolean {
  return part.is === "iface" ? part.link === nic : part.is === "allow" && part.links.includes(nic);
}

/** The file's other parts; a line `auto` that nothing is left of goes. */
function without(part: Part, nic: string): Part[] {
  if (!mentions(part, nic)) return [part];
  if (part.is !== "allow") return [];
  const links = part.links.filter((link) => link !== nic);
  return links.length > 0 ? [{ ...part, links }] : [];
}

function bridgeParts(origin: Origin, wishes: Wishes): Part[] {
  const { nic, bridge } = origin;
  const [first, ...rest] = withWishes(own(stanzasOf(origin), nic), wishes).map((stanza) =>
    onBridge(stanza, nic, bridge),
  );
  const port: Stanza = { is: "iface", link: nic, family: "inet", method: "manual", options: [] };
  const found = first ?? { ...port, link: bridge };
  const made = { ...found, options: [...found.options, ...making(origin)] };
  const stanzas = [port, made, ...rest].flatMap((stanza) => [stanza, other("")]);
  return [{ is: "allow", word: "auto", links: [bridge] }, ...stanzas].slice(0, -1) as Part[];
}

/** Under `pre-up` the bridge is there before its addresses are, whichever way ifupdown is started. */
function making({ nic, bridge, macAddress, mtu }: Origin): string[] {
  const settings = "type bridge stp_state 0 forward_delay 0";
  const setting = (link: string, key: string) => `/proc/sys/net/ipv6/conf/${link}/${key}`;
  const [accept, disable] = ["accept_ra", "disable_ipv6"];
  return [
    `pre-up ip link show dev ${bridge} >/dev/null 2>&1 || ip link add name ${bridge} address ${macAddress} ${settings}`,
    `pre-up cat ${setting(nic, accept)} 2>/dev/null >${setting(bridge, accept)} || true`,
    `pre-up echo 1 2>/dev/null >${setting(nic, disable)} || true`,
    `pre-up ip link set dev ${nic}${mtu === 1500 ? "" : ` mtu ${mtu}`} master ${bridge} up`,
    `post-down ip link set dev ${nic} nomaster || true`,
    `post-down cat ${setting("default", disable)} 2>/dev/null >${setting(nic, disable)} || true`,
    `post-down ip link del dev ${bridge}`,
  ].map((line) => `    ${line}`);
}

function onBridge(stanza: Stanza, nic: string, bridge: string): Stanza {
  const word = nic.replaceAll(/[.]/g, "\\.");
  const moved = (line: string) => line.replaceAll(new RegExp(`(\\bdev\\s+)${word}(?=\\s|$|;)`, "g"), `$1${bridge}`);
  // Debian's installer writes it for hotplug; the bridge is made by us.
  return { ...stanza, link: bridge, options: stanza.options.map(moved) };
}

/** Each address is a stanza; a gateway stands in the first one of its family. */
function withWishes(stanzas: readonly Stanza[], wishes: Wishes): Stanza[] {
  if (Object.values(wishes).every((wish) => wish === undefined)) return [...stanzas];
  const found = ([4, 6] as const).flatMap((family) => ofFamily(stanzas, family, wishes));
  const none: Stanza = { is: "iface", link: "", family: "inet", method: "manual", options: [] };
  return found.length > 0 ? found : [none];
}

const families = { 4: "inet", 6: "inet6" } as const;

function ofFamily(stanzas: readonly Stanza[], family: 4 | 6, wishes: Wishes): Stanza[] {
  const all = stanzas.filter((one) => one.family === families[family]);
  const asking = all.filter(({ method }) => method !== "static" && (method !== "dhcp" || family === 6));
  const dhcp = family === 4 && (wishes.dhcp ?? all.some(({ method }) => method === "dhcp"));
  const client = all.find(({ method }) => method === "dhcp") ?? newStanza("inet", "dhcp", []);
  const fixed = fixedStanzas(all, family, wishes);
  const result = [...(dhcp ? [client] : []), ...asking.filter(({ method }) => method !== "manual"), ...fixed];
  return withNameservers(result, family, wishes);
}

function fixedStanzas(all: readonly Stanza[], family: 4 | 6, { addresses, gateways }: Wishes): Stanza[] {
  const old = all.filter(({ method }) => method === "static");
  const gateway = gateways
    ? gateways.find((one) => familyOf(one) === family)
    : old.map((one) => optionOf(one, "gateway")).find((one) => one !== undefined);
  const wished = addresses?.filter((address) => parseCidr(address)?.family === family);
  if (!wished && !gateways) return old;
  const bases = wished
    ? wished.map((address, i) =>
        i === 0 && old[0]
          ? replaced(old[0], ["address", "netmask"], [`address ${address}`])
          : newStanza(families[family], "static", [`address ${address}`]),
      )
    : old;
  return bases.map((one, i) => replaced(one, ["gateway"], i === 0 && gateway ? [`gateway ${gateway}`] : []));
}

function withNameservers([first, ...rest]: Stanza[], family: 4 | 6, { nameservers }: Wishes): Stanza[] {
  if (!first) return [];
  if (!nameservers) return [first, ...rest];
  const servers = nameservers.filter((server) => familyOf(server) === family);
  const line = servers.length > 0 ? [`dns-nameservers ${servers.join(" ")}`] : [];
  return [replaced(first, ["dns-nameservers", "dns-nameserver"], line), ...rest];
}

function replaced(stanza: Stanza, keys: readonly string[], added: readonly string[]): Stanza {
  const kept = stanza.options.filter((line) => !keys.includes(line.trim().split(/\s+/)[0] ?? ""));
  return { ...stanza, options: [...added.map((line) => `    ${line}`), ...kept] };
}

function newStanza(family: string, method: string, options: string[]): Stanza {
  return { is: "iface", link: "", family, method, options: options.map((line) => `    ${line}`) };
}

function own(stanzas: readonly Stanza[], nic: string): Stanza[] {
  return stanzas.filter(({ link }) => link === nic);
}

function stanzas(origin: Origin, path: string): Stanza[] {
  return parseInterfaces(contentOf(origin, path)).filter((part) => part.is === "iface");
}

function stanzasOf(origin: Origin): Stanza[] {
  return origin.sources.flatMap((path) => stanzas(origin, path));
}

function other(line: string): Part {
  return { is: "other", line };
}

function isBlank(part: Part): boolean {
  return part.is === "other" && part.line.trim() === "";
}
