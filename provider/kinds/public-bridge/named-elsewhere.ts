import type { Origin } from "./backend";
import { at, named } from "./fates";
import { entriesIn } from "./formats/ini";
import { assignmentsIn } from "./formats/shell-variables";
import { hasName } from "./formats/words";
import type { NicOwner } from "./nic-config.fact";
import type { OwnerName } from "./owner-name";

/**
 * Finds a script or another file of the same network manager that needs the NIC or belongs to it: a VLAN, a bond, an
 * alias. It is not one of the files of the NIC's own configuration. (All files of ifupdown and netplan are read anyway.
 * In networkd, the NIC's own file names the links on it.)
 */
export function namedElsewhere(
  nic: string,
  { owner, sources, connection }: Pick<Origin, "owner" | "sources" | "connection">,
  { files, scripts = [] }: Pick<NicOwner, "files" | "scripts">,
): string | undefined {
  const script = scripts.find((where) => scriptFolders[owner].test(where));
  if (script !== undefined)
    return `${script}: this script names ${nic}, so it would do nothing for the bridge. Let it name the bridge, or every interface`;
  const rule = rules[owner];
  if (!rule) return undefined;
  const others = Object.entries(files).filter(([path]) => path.startsWith(rule.folder) && !sources.includes(path));
  for (const [path, { content }] of others) {
    const name = path.slice(rule.folder.length);
    if (rule.belongs(name, nic))
      return `${path} belongs to ${nic} too, and pulumi-kvm does not know what becomes of it`;
    const found = rule
      .lines(content, name)
      .find(({ key, value }) => rule.keys.test(key) && (hasName(value, nic) || value === connection));
    if (found) return `${at(path, found.line)}: ${named(found.text)} needs ${nic} as it is`;
  }
  return undefined;
}

const scriptFolders: Readonly<Record<OwnerName, RegExp>> = {
  ifupdown: /^\/etc\/network\//,
  NetworkManager: /^\/etc\/NetworkManager\//,
  ifcfg: /^\/etc\/NetworkManager\//,
  networkd: /^\/etc\/networkd-dispatcher\//,
  netplan: /^\/etc\/networkd-dispatcher\//,
  wicked: /^\/etc\/sysconfig\/network\//,
};

interface Rule {
  folder: string;
  lines(content: string, name: string): { line: number; text: string; key: string; value: string }[];
  keys: RegExp;
  belongs(name: string, nic: string): boolean;
}

const rules: Partial<Record<OwnerName, Rule>> = {
  NetworkManager: {
    folder: "/etc/NetworkManager/system-connections/",
    lines: entriesIn,
    keys: /^parent$/,
    belongs: () => false,
  },
  ifcfg: {
    folder: "/etc/sysconfig/network-scripts/",
    lines: assignmentsIn,
    keys: /^(DEVICE|PHYSDEV|MASTER)$/,
    belongs: (name, nic) =>
      name.startsWith(`ifcfg-${nic}:`) ||
      name.startsWith(`ifcfg-${nic}.`) ||
      (/^rule6?-/.test(name) && hasName(name.replace(/^rule6?-/, ""), nic)),
  },
  wicked: {
    folder: "/etc/sysconfig/network/",
    lines: (content, name) => (name === "routes" ? routesIn(content) : assignmentsIn(content)),
    keys: /^(ETHERDEVICE|BRIDGE_PORTS|BONDING_SLAVE\w*|TEAM_PORT_DEVICE\w*|MACVLAN_DEVICE|TUNNEL_DEVICE|PPPOE_DEVICE|DEVICE|route)$/,
    belongs: (name, nic) => name.startsWith(`ifcfg-${nic}.`),
  },
};

/** Each line has a route: destination, gateway, netmask, interface. */
function routesIn(content: string) {
  const lines = content.split("\n").map((text, i) => ({ line: i + 1, text, key: "route", value: text }));
  return lines.filter(({ text }) => !text.trimStart().startsWith("#"));
}
