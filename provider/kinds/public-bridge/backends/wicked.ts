// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, sh } from "../../../core/shell";
import { contentOf, type NetworkBackend, type Origin, type Rendering, type Wishes } from "../backend";
import { assignmentsIn, replacing, valueIn } from "../formats/shell-variables";
import { keysOf, strangeAssignment } from "./assignments-obstacle";

/** SUSE's wicked (ifcfg(5), ifroute(5), ifcfg-bridge(5)). Not tried on a live host. */
export const wicked: NetworkBackend = {
  name: "wicked",
  obstacle: (origin) => strangeAssignment(origin, path("ifcfg", origin.nic), known),
  asksDhcp: (origin) => /^dhcp4?(\+|$)|^dhcp$/.test(valueIn(own(origin), "BOOTPROTO")?.toLowerCase() ?? ""),
  render: (origin, wishes) => ({
    [path("ifcfg", origin.nic)]: { content: port(origin), mode: modeOf(origin) },
    [path("ifcfg", origin.bridge)]: { content: bridge(origin, wishes), mode: 0o600 },
    ...routes(origin, wishes),
  }),
  enterBridge: ({ nic, bridge }) => sh`wicked ifreload ${[nic, bridge]}`,
  enterNic: ({ nic, bridge }, unasked) =>
    lines(
      unasked,
      sh`wicked ifdown --delete ${bridge} || :`,
      sh`wicked ifreload ${nic}`,
      sh`if [ -e /sys/class/net/${bridge} ]; then ip link delete dev ${bridge}; fi`,
    ),
  printSignals: () => sh`if systemctl is-active --quiet wickedd 2>/dev/null; then echo wicked; fi`,
  filePatterns: sh`/etc/sysconfig/network/ifcfg-* /etc/sysconfig/network/ifroute-* /etc/sysconfig/network/routes`,
  scriptFolder: "/etc/sysconfig/network/",
  detect: (nic, { signals, files }) => {
    const own = [path("ifcfg", nic), path("ifroute", nic)].filter((one) => files[one]);
    return signals.includes("wicked") && own[0] === path("ifcfg", nic) ? { sources: own } : undefined;
  },
  neighbours: {
    folder: "/etc/sysconfig/network/",
    lines: (content, name) => (name === "routes" ? routesIn(content) : assignmentsIn(content)),
    keys: /^(ETHERDEVICE|BRIDGE_PORTS|BONDING_SLAVE\w*|TEAM_PORT_DEVICE\w*|MACVLAN_DEVICE|TUNNEL_DEVICE|PPPOE_DEVICE|DEVICE|route)$/,
    belongs: (name, nic) => name.startsWith(`ifcfg-${nic}.`),
  },
};

/** The known keys (ifcfg(5)). Keys of a bond, a VLAN, a bridge, a tunnel or a script are not among them. */
const known =
  keysOf(`STARTMODE BOOTPROTO IPADDR# PREFIXLEN# NETMASK# BROADCAST# NETWORK# REMOTE_IPADDR# SCOPE# MTU LLADDR NAME
  ETHTOOL_OPTIONS# DHCLIENT_# DHCLIENT6_# WRITE_HOSTNAME_TO_HOSTS ZONE FIREWALL USERCONTROL LINK_REQUIRED LINK_READY_WAIT
  IFPLUGD_PRIORITY IPV6_# ARP_VERIFY ARP_NOTIFY INTERFACETYPE`);

function path(kind: "ifcfg" | "ifroute", link: string): string {
  return `/etc/sysconfig/network/${kind}-${link}`;
}

function own(origin: Origin): string {
  return contentOf(origin, path("ifcfg", origin.nic));
}

function modeOf({ files, nic }: Origin): number {
  return files[path("ifcfg", nic)]?.mode ?? 0o600;
}

function port({ mtu }: Origin): string {
  return `STARTMODE='hotplug'\nBOOTPROTO='none'\n${mtu === 1500 ? "" : `MTU='${mtu}'\n`}`;
}

function bridge(origin: Origin, { addresses, dhcp }: Wishes): string {
  const replaced = [
    "STARTMODE|BRIDGE\\w*|LLADDR|NAME|ETHTOOL_OPTIONS\\w*",
    ...(addresses ? ["IPADDR\\w*|PREFIXLEN\\w*|NETMASK\\w*"] : []),
    ...(dhcp === undefined ? [] : ["BOOTPROTO"]),
  ];
  return replacing(own(origin), new RegExp(`^(${replaced.join("|")})$`), {
    ...{ STARTMODE: "auto", BRIDGE: "yes", BRIDGE_PORTS: origin.nic, BRIDGE_STP: "off", BRIDGE_FORWARDDELAY: "0" },
    LLADDR: origin.macAddress,
    ...Object.fromEntries((addresses ?? []).map((address, i) => [i === 0 ? "IPADDR" : `IPADDR_${i}`, address])),
    BOOTPROTO: dhcp === undefined ? undefined : dhcp ? "dhcp4" : "static",
  });
}

/** Moves the routes in ifroute-eth0 to the bridge. Each line has a route: destination, gateway, netmask, interface. */
function routes(origin: Origin, { gateways }: Wishes): Rendering {
  const old = path("ifroute", origin.nic);
  const known = origin.files[old];
  if (!known && !gateways) return {};
  const kept = (known?.content ?? "")
    .split("\n")
    .filter((line) => line !== "" && !(gateways && line.startsWith("default")));
  const wished = (gateways ?? []).map((gateway) => `default ${gateway} - ${origin.bridge}`);
  const moved = kept.map((line) =>
    line.replace(new RegExp(`(^|\\s)${origin.nic.replaceAll(".", "\\.")}$`), `$1${origin.bridge}`),
  );
  return {
    ...(known && { [old]: undefined }),
    [path("ifroute", origin.bridge)]: { content: `${[...moved, ...wished].join("\n")}\n`, mode: known?.mode ?? 0o600 },
  };
}

/** Each line of `routes` has a route: destination, gateway, netmask, interface. */
function routesIn(content: string) {
  const lines = content.split("\n").map((text, i) => ({ line: i + 1, text, key: "route", value: text }));
  return lines.filter(({ text }) => !text.trimStart().startsWith("#"));
}
