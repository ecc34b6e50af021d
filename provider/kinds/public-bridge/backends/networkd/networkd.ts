// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { familyOf } from "../../../../core/addresses";
import { lines, type Sh, sh } from "../../../../core/shell";
import { contentOf, type NetworkBackend, type Origin, type Wishes } from "../../backend";
import { formIfThere, letBackendMake } from "../../bridge-commands";
import { keyOf, parseIni, printIni, type Section, valuesOf, withoutKeys } from "../../formats/ini";
import { isOffNetwork } from "../../on-link";
import { detection } from "./detection";
import { obstacleIn } from "./obstacle";

/** systemd-networkd (systemd.network(5)). The NIC's own file stays. Our three files sort before it. */
export const networkd: NetworkBackend = {
  name: "networkd",
  ...detection,
  obstacle: (origin) => obstacleIn(origin, file(origin.nic, "network")),
  asksDhcp: (origin) =>
    /^(1|y|yes|t|true|on|both|ipv4|v4)$/i.test(valuesOf(sectionsOf(origin), "Network", "DHCP").at(-1) ?? ""),
  render: (origin, wishes) => ({
    [file(origin.bridge, "netdev")]: { mode: 0o644, content: netdev(origin) },
    [file(origin.nic, "network")]: { mode: 0o644, content: port(origin) },
    [file(origin.bridge, "network")]: { mode: 0o644, content: printIni(bridge(origin, wishes)) },
  }),
  formBridge: formIfThere,
  enterBridge: (names) => letBackendMake(names, sh`networkctl reload`),
  // A reload does not delete a link that a .netdev file made.
  enterNic: ({ nic, bridge }, unasked) =>
    lines(
      unasked,
      sh`networkctl reload`,
      sh`if [ -e /sys/class/net/${bridge} ]; then networkctl delete ${bridge} || ip link delete dev ${bridge}; fi`,
      reconfigure(nic),
    ),
  rehearse: runNetworkd(sh`:`),
};

/**
 * networkd drops the NIC's settings as a port only when it configures the NIC again. It then waits for news of a
 * link-local address before it asks for a router. It does not see an address that exists already, so we set that
 * address again.
 */
export function reconfigure(nic: string): Sh {
  return lines(
    sh`networkctl reconfigure ${nic}`,
    sh`
      ip -6 -oneline address show dev ${nic} scope link 2>/dev/null |
        sed -n 's/.* inet6 \\([^ ]*\\) scope link \\(proto [^ ]*\\)\\{0,1\\}.*/\\1 \\2/p' |
        while read -r address protocol; do ip address replace "$address" dev ${nic} scope link $protocol; done`,
  );
}

/** networkd uses the first file that matches, in the order of names. The prefix 00 puts ours before those of others. */
function file(link: string, suffix: string): string {
  return `/etc/systemd/network/00-pulumi-kvm-${link}.${suffix}`;
}

/** Sets the NIC's MAC. Otherwise the bridge gets a MAC of its own, and neighbours remember the wrong one. */
function netdev({ bridge, macAddress }: Origin): string {
  return printIni([
    { name: "NetDev", lines: [`Name=${bridge}`, "Kind=bridge", `MACAddress=${macAddress}`] },
    { name: "Bridge", lines: ["STP=no", "ForwardDelaySec=0"] },
  ]);
}

function port(origin: Origin): string {
  const link = sectionsOf(origin)
    .filter(({ name }) => name === "Link")
    .map((section) => ({ ...section, lines: section.lines.filter((line) => !waitsForAddress(line)) }));
  return printIni([
    { name: "Match", lines: [`Name=${origin.nic}`] },
    ...link,
    { name: "Network", lines: [`Bridge=${origin.bridge}`, "LinkLocalAddressing=no", "IPv6AcceptRA=no"] },
  ]);
}

/** A port never gets an address, so these settings would make the boot wait. */
function waitsForAddress(line: string): boolean {
  return /^\s*(RequiredForOnline\s*=\s*routable|RequiredFamilyForOnline\s*=\s*(ipv4|ipv6|both))/.test(line);
}

function bridge(origin: Origin, wishes: Wishes): Section[] {
  const [kept, network] = split(origin);
  const said = { name: "Network", lines: network.flatMap(({ lines }) => lines) };
  const away = (wishes.gateways ?? []).filter((one) => isOffNetwork(one, wishes.addresses ?? origin.addresses));
  const onLink = away.map((gateway) => ({ name: "Route", lines: [`Gateway=${gateway}`, "GatewayOnLink=yes"] }));
  const near = wishes.gateways?.filter((gateway) => !away.includes(gateway));
  const wished = withWishes(said, { ...wishes, gateways: near });
  // networkd turns router advertisements off on a bridge unless IPv6AcceptRA is set. Without a carrier it configures
  // nothing unless ConfigureWithoutCarrier is set.
  const advertisements = valuesOf([wished], "Network", "IPv6AcceptRA").length === 0;
  const own = [
    ...(advertisements ? [`IPv6AcceptRA=${origin.acceptsAdvertisements ? "yes" : "no"}`] : []),
    "ConfigureWithoutCarrier=yes",
  ];
  return [
    { name: "Match", lines: [`Name=${origin.bridge}`] },
    { ...wished, lines: [...wished.lines.filter((line) => keyOf(line) !== "ConfigureWithoutCarrier"), ...own] },
    ...kept.filter((section) => !isOverridden(section, wishes)),
    ...onLink,
    ...identity(origin, kept),
  ];
}

/**
 * `kept` has the sections for the bridge, without [Match] and without settings of the NIC's own link. `network` has the
 * [Network] sections.
 */
function split(origin: Origin): [kept: Section[], network: Section[]] {
  const all = sectionsOf(origin).filter(({ name }) => !["", "Match"].includes(name));
  const kept = all
    .filter(({ name }) => name !== "Network")
    .map((section) => (section.name === "Link" ? ofBridge(section) : section));
  return [kept.filter(({ lines }) => lines.length > 0), all.filter(({ name }) => name === "Network")];
}

function ofBridge(link: Section): Section {
  return withoutKeys(link, ["MACAddress", "Unmanaged", "ActivationPolicy", "Promiscuous"]);
}

function withWishes(network: Section, { addresses, gateways, nameservers, dhcp }: Wishes): Section {
  const replaced = [
    ...(addresses ? ["Address"] : []),
    ...(gateways ? ["Gateway"] : []),
    ...(nameservers ? ["DNS"] : []),
    ...(dhcp === undefined ? [] : ["DHCP"]),
  ];
  return {
    name: network.name,
    lines: [
      ...withoutKeys(network, replaced).lines,
      ...(addresses ?? []).map((address) => `Address=${address}`),
      ...(gateways ?? []).map((gateway) => `Gateway=${gateway}`),
      ...(nameservers ?? []).map((server) => `DNS=${server}`),
      ...(dhcp === undefined ? [] : [`DHCP=${dhcp ? "ipv4" : "no"}`]),
    ],
  };
}

/** Whether a desired value replaces the section: an [Address], or a [Route] that is a default route. */
function isOverridden(section: Section, { addresses, gateways }: Wishes): boolean {
  if (section.name === "Address") return addresses !== undefined;
  if (section.name !== "Route" || !gateways) return false;
  const destinations = valuesOf([section], "Route", "Destination");
  return (
    destinations.every((to) => ["0.0.0.0/0", "::/0"].includes(to)) &&
    valuesOf([section], "Route", "Gateway").some(isGateway)
  );
}

function isGateway(value: string): boolean {
  return familyOf(value) !== undefined || value.startsWith("_");
}

/**
 * networkd derives the IAID from the interface name. Without this setting the bridge has another IAID, and gets another
 * lease.
 */
function identity({ iaid }: Origin, kept: readonly Section[]): Section[] {
  if (iaid === undefined) return [];
  const sections = ["DHCPv4", "DHCPv6"].filter((name) => valuesOf(kept, name, "IAID").length === 0);
  return sections.map((name) => ({ name, lines: [`IAID=${iaid}`] }));
}

/** The sections of the file and then of its drop-ins, in the order in which networkd reads them. */
function sectionsOf(origin: Origin): Section[] {
  return origin.sources.flatMap((path) => parseIni(contentOf(origin, path)));
}

/** Starts the daemon itself, for a rehearsal. There it finds no D-Bus and no other networkd. */
export function runNetworkd(before: Sh): Sh {
  return sh`
    ${before}
    for daemon in /usr/lib/systemd/systemd-networkd /lib/systemd/systemd-networkd; do
      if [ -x $daemon ]; then $daemon & break; fi
    done`;
}
