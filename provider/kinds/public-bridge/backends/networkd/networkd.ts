import { familyOf } from "../../../../core/addresses";
import { lines, type Sh, sh } from "../../../../core/shell";
import { contentOf, type Origin, type Owner, type Wishes } from "../../backend";
import { formIfThere, letOwnerMake } from "../../bridge-commands";
import { keyOf, parseIni, printIni, type Section, valuesOf, withoutKeys } from "../../formats/ini";
import { isOffNetwork } from "../../on-link";
import { obstacleIn } from "./obstacle";

/** systemd-networkd (systemd.network(5)): the NIC's own file stays, three of ours come before it. */
export const networkd: Owner = {
  name: "networkd",
  obstacle: (origin) => obstacleIn(origin, file(origin.nic, "network")),
  asksDhcp: (origin) =>
    /^(1|y|yes|t|true|on|both|ipv4|v4)$/i.test(valuesOf(sectionsOf(origin), "Network", "DHCP").at(-1) ?? ""),
  render: (origin, wishes) => ({
    [file(origin.bridge, "netdev")]: { mode: 0o644, content: netdev(origin) },
    [file(origin.nic, "network")]: { mode: 0o644, content: port(origin) },
    [file(origin.bridge, "network")]: { mode: 0o644, content: printIni(bridge(origin, wishes)) },
  }),
  check: () => sh`:`,
  leaveNic: () => sh`:`,
  formBridge: formIfThere,
  enterBridge: (names) => letOwnerMake(names, sh`networkctl reload`),
  leaveBridge: () => sh`:`,
  // A reload takes nothing away that a .netdev had made.
  enterNic: ({ nic, bridge }, unasked) =>
    lines(
      unasked,
      sh`networkctl reload`,
      sh`if [ -e /sys/class/net/${bridge} ]; then networkctl delete ${bridge} || ip link delete dev ${bridge}; fi`,
      reconfigure(nic),
    ),
  rehearse: runNetworkd(sh`:`),
  atBoot: () => sh`:`,
};

/**
 * What it had been given as a port is given up only when it is configured again. networkd then waits to hear of a link-local
 * address before it asks for a router, and does not see one that is there already: it is told of it once more.
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

/** The first match in the order of names wins: nobody's are before 00. */
function file(link: string, suffix: string): string {
  return `/etc/systemd/network/00-pulumi-kvm-${link}.${suffix}`;
}

/** The MAC is written down: without it the bridge gets one of its own, and neighbours remember the wrong one. */
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

/** A port gets none, and the boot would wait for it. */
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
  // On a bridge it is off unless it is said, and without a carrier nothing would be configured.
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

/** All but what says which link it is for, or what that link itself is like; and the sections [Network]. */
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

/** An [Address], and a [Route] to anywhere: what is wished stands in their place. */
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

/** networkd makes the IAID of the interface's name: the bridge's would be another, and so would be the lease. */
function identity({ iaid }: Origin, kept: readonly Section[]): Section[] {
  if (iaid === undefined) return [];
  const sections = ["DHCPv4", "DHCPv6"].filter((name) => valuesOf(kept, name, "IAID").length === 0);
  return sections.map((name) => ({ name, lines: [`IAID=${iaid}`] }));
}

/** The file and its drop-ins, one after the other: that is how networkd reads them. */
function sectionsOf(origin: Origin): Section[] {
  return origin.sources.flatMap((path) => parseIni(contentOf(origin, path)));
}

/** The daemon itself, which finds no bus and no other one of its kind. */
export function runNetworkd(before: Sh): Sh {
  return sh`
    ${before}
    for daemon in /usr/lib/systemd/systemd-networkd /lib/systemd/systemd-networkd; do
      if [ -x $daemon ]; then $daemon & break; fi
    done`;
}
