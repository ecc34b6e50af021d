import { familyOf, parseCidr } from "../../../core/addresses";
import { lines, sh } from "../../../core/shell";
import { contentOf, type NetworkBackend, type Origin, type Rendering, type Wishes } from "../backend";
import { at, named, unknownTo } from "../fates";
import { assignmentsIn, replacing, valueIn } from "../formats/shell-variables";
import { hasName } from "../formats/words";
import { keysOf, strangeAssignment } from "./assignments-obstacle";
import { isConnectionOfNetplan } from "./netplan/generated";
import { connectionIn, isIfcfg } from "./network-manager/detection";
import { upAsBefore } from "./network-manager/network-manager";

const folder = "/etc/sysconfig/network-scripts";

/** Red Hat's ifcfg files as NetworkManager reads them (nm-settings-ifcfg-rh(5)). Not tried on a live host. */
export const ifcfg: NetworkBackend = {
  name: "ifcfg",
  obstacle: (origin) => {
    const [path = ""] = origin.sources;
    if (!path.startsWith(folder)) return `the configuration of the NIC is in ${path}. Move it to ${folder}`;
    const type = valueIn(contentOf(origin, path), "TYPE") ?? "Ethernet";
    if (type !== "Ethernet") return `${path}: the connection has the type ${type}, but only wired NICs are supported`;
    return strangeAssignment(origin, path, known) ?? strangeRoute(origin);
  },
  asksDhcp: (origin) => valueIn(own(origin), "BOOTPROTO")?.toLowerCase() === "dhcp",
  render: (origin, wishes) => ({
    [origin.sources[0] ?? ""]: { content: port(origin), mode: origin.files[origin.sources[0] ?? ""]?.mode ?? 0o644 },
    [`${folder}/ifcfg-${origin.bridge}`]: { content: bridge(origin, wishes), mode: 0o644 },
    ...routes(origin),
  }),
  enterBridge: ({ nic, bridge }) =>
    lines(
      sh`nmcli connection load ${[`${folder}/ifcfg-${bridge}`, `${folder}/ifcfg-${nic}`]}`,
      sh`nmcli --wait 30 connection up filename ${`${folder}/ifcfg-${nic}`}`,
    ),
  enterNic: upAsBefore,
  setsZone: true,
  filePatterns: sh`/etc/sysconfig/network-scripts/ifcfg-* /etc/sysconfig/network-scripts/route* /etc/sysconfig/network-scripts/rule*`,
  scriptFolder: "/etc/NetworkManager/",
  detect: (_nic, seen) => {
    const { uuid, file } = connectionIn(seen) ?? { file: "" };
    if (uuid === undefined || !isIfcfg(file) || isConnectionOfNetplan(file)) return undefined;
    const beside = ["route", "route6"].map((kind) => file.replace("/ifcfg-", `/${kind}-`));
    const sources = [file, ...beside.filter((path) => seen.files[path])];
    return { sources, connection: uuid, appliedBy: "NetworkManager" };
  },
  neighbours: {
    folder: `${folder}/`,
    lines: assignmentsIn,
    keys: /^(DEVICE|PHYSDEV|MASTER)$/,
    belongs: (name, nic) =>
      name.startsWith(`ifcfg-${nic}:`) ||
      name.startsWith(`ifcfg-${nic}.`) ||
      (/^rule6?-/.test(name) && hasName(name.replace(/^rule6?-/, ""), nic)),
  },
};

/** The known keys (nm-settings-ifcfg-rh(5)). Keys of a bond, a team, a VLAN, a bridge or 802.1X are not among them. */
const known =
  keysOf(`DEVICE NAME UUID HWADDR MACADDR ONBOOT TYPE BOOTPROTO IPADDR# PREFIX# NETMASK# GATEWAY# NETWORK BROADCAST
  DNS# DOMAIN RES_OPTIONS DEFROUTE PEERDNS PEERROUTES IPV4_FAILURE_FATAL IPV4_ROUTE_METRIC IPV4_DNS_PRIORITY IPV6INIT
  IPV6_AUTOCONF IPV6ADDR IPV6ADDR_SECONDARIES IPV6_DEFAULTGW IPV6_DEFROUTE IPV6_FAILURE_FATAL IPV6_ADDR_GEN_MODE
  IPV6_PRIVACY IPV6_PEERDNS IPV6_PEERROUTES IPV6_ROUTE_METRIC IPV6_DNS_PRIORITY DHCPV6C DHCP_HOSTNAME DHCP_CLIENT_ID
  DHCP_SEND_HOSTNAME PERSISTENT_DHCLIENT MTU ZONE PROXY_METHOD BROWSER_ONLY NM_CONTROLLED USERCTL ETHTOOL_OPTS HOTPLUG
  ARPCHECK ARPUPDATE NOZEROCONF LINKDELAY METRIC AUTOCONNECT_PRIORITY AUTOCONNECT_RETRIES WAIT_DEVICE_TIMEOUT DEVTIMEOUT ACD_TIMEOUT
  STARTMODE CONNECTION_METERED STABLE_ID LLMNR MDNS MATCH_INTERFACE_NAME MULTI_CONNECT DHCP_FQDN DHCPV6_HOSTNAME DHCPV6_DUID
  DHCP_VENDOR_CLASS_IDENTIFIER IPV4_DHCP_TIMEOUT IPV6_TOKEN IPV6_FORCE_ACCEPT_RA`);

/** Why a route is not understood: it names the NIC in another place than after `dev`. */
function strangeRoute(origin: Origin): string | undefined {
  const { nic, sources } = origin;
  for (const path of sources.slice(1)) {
    const lines = contentOf(origin, path).split("\n");
    const found = lines.findIndex(
      (line) => !line.trim().startsWith("#") && hasName(line.replaceAll(/\bdev \S+/g, ""), nic),
    );
    if (found >= 0) return unknownTo(at(path, found + 1), named(lines[found] ?? ""));
  }
  return undefined;
}

/** The keys that stay with the NIC. All others go only to the bridge. */
const ofNic = /^(HWADDR|MTU|ETHTOOL_OPTS|ONBOOT|TYPE|NAME|DEVICE|UUID)$/;

function own(origin: Origin): string {
  return contentOf(origin, origin.sources[0] ?? "");
}

function port(origin: Origin): string {
  const kept = own(origin)
    .split("\n")
    .filter((line) => ofNic.test(/^\s*(\w+)=/.exec(line)?.[1] ?? "") || line.startsWith("#"))
    .join("\n");
  const { nic, bridge } = origin;
  return replacing(kept, /^(DEVICE|ONBOOT|TYPE|BRIDGE)$/, {
    DEVICE: nic,
    TYPE: "Ethernet",
    ONBOOT: "yes",
    BRIDGE: bridge,
  });
}

function bridge(origin: Origin, { addresses, gateways, nameservers, dhcp }: Wishes): string {
  const replaced = [
    "DEVICE|TYPE|NAME|UUID|HWADDR|MACADDR|ONBOOT|STP|DELAY|ETHTOOL_OPTS|BRIDGING_OPTS",
    ...(addresses ? ["IPADDR\\d*|PREFIX\\d*|NETMASK\\d*|IPV6ADDR(_SECONDARIES)?"] : []),
    ...(gateways ? ["GATEWAY\\d*|IPV6_DEFAULTGW"] : []),
    ...(nameservers ? ["DNS\\d+"] : []),
    ...(dhcp === undefined ? [] : ["BOOTPROTO"]),
  ];
  return replacing(own(origin), new RegExp(`^(${replaced.join("|")})$`), {
    ...{ DEVICE: origin.bridge, NAME: origin.bridge, TYPE: "Bridge", ONBOOT: "yes" },
    ...{ MACADDR: origin.macAddress, STP: "no", DELAY: "0" },
    ...(addresses && addressKeys(addresses)),
    GATEWAY: gateways?.find((one) => familyOf(one) === 4),
    IPV6_DEFAULTGW: gateways?.find((one) => familyOf(one) === 6),
    ...Object.fromEntries((nameservers ?? []).map((server, i) => [`DNS${i + 1}`, server])),
    BOOTPROTO: dhcp === undefined ? undefined : dhcp ? "dhcp" : "none",
  });
}

function addressKeys(addresses: readonly string[]): Record<string, string> {
  const all = addresses.map((cidr) => parseCidr(cidr)).filter((one) => one !== undefined);
  const [v4, v6] = [4, 6].map((family) => all.filter((one) => one.family === family)) as [typeof all, typeof all];
  const numbered = v4.flatMap(({ address, prefix }, i) => {
    const n = i === 0 ? "" : `${i}`;
    return [
      [`IPADDR${n}`, address],
      [`PREFIX${n}`, `${prefix}`],
    ];
  });
  const [first, ...more] = v6.map(({ address, prefix }) => `${address}/${prefix}`);
  return {
    ...Object.fromEntries(numbered),
    ...(first && { IPV6INIT: "yes", IPV6ADDR: first }),
    ...(more.length > 0 && { IPV6ADDR_SECONDARIES: more.join(" ") }),
  };
}

/** Moves route-eth0 and route6-eth0 to the bridge. */
function routes(origin: Origin): Rendering {
  const { nic, bridge, sources, files } = origin;
  const found = sources.slice(1).filter((path) => files[path]);
  return Object.fromEntries(
    found.flatMap((path) => {
      const content = contentOf(origin, path).replaceAll(
        new RegExp(`\\bdev ${nic.replaceAll(".", "\\.")}\\b`, "g"),
        `dev ${bridge}`,
      );
      const moved = path.replace(new RegExp(`-${nic.replaceAll(".", "\\.")}$`), `-${bridge}`);
      return [
        [path, undefined],
        [moved, { content, mode: files[path]?.mode ?? 0o644 }],
      ];
    }),
  );
}
