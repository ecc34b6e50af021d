import { parse, stringify } from "yaml";
import { familyOf, parseCidr } from "../../addresses";
import { lines, sh } from "../../shell";
import { printIni } from "../ini";
import { contentOf, type Origin, type Owner, type Rendering, type Wishes } from "../owner";
import { formIfThere, letOwnerMake } from "../runtime";
import { reconfigure } from "./networkd";

/**
 * netplan (netplan(5)). Lists of several files are joined, so nothing can be taken away by a file more: each file that
 * has the NIC is replaced by one that has it as a bare port, and the last of them has the bridge.
 */
export const netplan: Owner = {
  name: "netplan",
  obstacle: (origin) => {
    const { nic } = origin;
    const found = definitions(origin);
    if (found.length === 0) return `no file of ${origin.sources.join(", ")} has ${nic} among its ethernets`;
    if (renderers(origin).includes("NetworkManager"))
      return "netplan hands it to NetworkManager (renderer: NetworkManager), which has not been tried. Let networkd render it";
    const above = kindsOver(origin).find(([, one]) => one.link === nic || one.interfaces?.includes(nic));
    return above && `${above[0]} stands on ${nic} already`;
  },
  asksDhcp: (origin) => merged(origin).dhcp4 === true,
  render: (origin, wishes) => {
    const home = definitions(origin).at(-1)?.path;
    const paths = new Set(definitions(origin).map(({ path }) => path));
    const files = Object.fromEntries(
      [...paths].map((path) => {
        // It may only name what an earlier file, or its own, has.
        const bridges = path === home ? { [origin.bridge]: bridge(origin, wishes) } : {};
        return [path, { mode: 0o600, content: rewritten(origin, path, bridges) }];
      }),
    );
    return { ...files, ...identity(origin) };
  },
  check: (_names, paths) =>
    lines(
      // All that netplan would read, with ours in their place.
      sh`mkdir -p "$root/etc/netplan"`,
      sh`for file in /etc/netplan/*.yaml; do [ -e "$root$file" ] || [ ! -e "$file" ] || cp -p "$file" "$root$file"; done`,
      sh`netplan generate --root-dir "$root"`,
      sh`: ${paths}`,
    ),
  leaveNic: () => sh`:`,
  formBridge: formIfThere,
  enterBridge: (names) => letOwnerMake(names, lines(sh`netplan generate`, sh`netplan apply`)),
  leaveBridge: () => sh`:`,
  // It takes no bridge away that is not in its files any more.
  enterNic: ({ nic, bridge }, unasked) =>
    lines(
      unasked,
      sh`netplan generate`,
      sh`netplan apply`,
      sh`if [ -e /sys/class/net/${bridge} ]; then ip link delete dev ${bridge}; fi`,
      reconfigure(nic),
    ),
  // Its generator ran before us, on the files that were there then.
  atBoot: () => sh`netplan generate`,
};

interface Definition {
  match?: { name?: string; macaddress?: string };
  "set-name"?: string;
  link?: string;
  interfaces?: string[];
  addresses?: unknown[];
  routes?: { to?: string; via?: string }[];
  dhcp4?: boolean;
  [key: string]: unknown;
}

type Kinds = Record<string, Record<string, Definition> | undefined>;

interface Document {
  network?: Kinds & { renderer?: string; version?: number };
}

/** netplan has no word for what networkd would otherwise make of the bridge's name: another client for the server. */
function identity({ bridge, iaid }: Origin): Rendering {
  if (iaid === undefined) return {};
  const content = printIni(["DHCPv4", "DHCPv6"].map((name) => ({ name, lines: [`IAID=${iaid}`] })));
  return { [`/etc/systemd/network/10-netplan-${bridge}.network.d/pulumi-kvm.conf`]: { mode: 0o644, content } };
}

/** What is the NIC's own, whatever uses it; all else is the bridge's from now on. */
const ofLink = ["match", "set-name", "macaddress", "mtu", "wakeonlan", "renderer", "emit-lldp", "openvswitch"];
const ofOffload = /-offload$/;

function documentOf(origin: Origin, path: string): Document {
  return (parse(contentOf(origin, path)) ?? {}) as Document;
}

/** The files that say something of the NIC, and under which name. */
function definitions(origin: Origin): { path: string; id: string; definition: Definition }[] {
  return origin.sources.flatMap((path) =>
    Object.entries(documentOf(origin, path).network?.ethernets ?? {})
      .filter(([id, definition]) => isNic(origin, id, definition ?? {}))
      .map(([id, definition]) => ({ path, id, definition: definition ?? {} })),
  );
}

function isNic({ nic, macAddress }: Origin, id: string, { match, "set-name": name }: Definition): boolean {
  if (name !== undefined) return name === nic;
  if (match?.macaddress !== undefined) return match.macaddress.toLowerCase() === macAddress;
  if (match?.name !== undefined) return new RegExp(`^${match.name.replaceAll("*", ".*")}$`).test(nic);
  return id === nic;
}

/** Of several files the later one wins, and lists are joined. */
function merged(origin: Origin): Definition {
  return definitions(origin).reduce<Definition>((all, { definition }) => {
    const joined = Object.entries(definition).map(([key, value]) => [key, join(all[key], value)]);
    return Object.assign(all, Object.fromEntries(joined)) as Definition;
  }, {});
}

function join(before: unknown, value: unknown): unknown {
  return Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
}

/** The file with the NIC as a bare port, and with a bridge beside the others. */
function rewritten(origin: Origin, path: string, added: Record<string, unknown>): string {
  const { network, ...rest } = documentOf(origin, path);
  const ethernets = Object.entries(network?.ethernets ?? {}).map(([id, definition]) => [
    id,
    isNic(origin, id, definition ?? {}) ? asPort(definition ?? {}) : definition,
  ]);
  const bridges = { ...network?.bridges, ...added };
  return stringify({
    ...rest,
    network: {
      ...network,
      ethernets: Object.fromEntries(ethernets),
      ...(Object.keys(bridges).length > 0 && { bridges }),
    },
  });
}

function asPort(definition: Definition): Definition {
  const kept = Object.entries(definition).filter(([key]) => isOfLink(key));
  return { ...Object.fromEntries(kept), dhcp4: false, dhcp6: false, "accept-ra": false, "link-local": [] };
}

function isOfLink(key: string): boolean {
  return ofLink.includes(key) || ofOffload.test(key);
}

/** STP is on unless it is said, and DHCP's identity is the MAC where no other was in use. */
function bridge(origin: Origin, wishes: Wishes): Record<string, unknown> {
  const [{ id } = { id: origin.nic }] = definitions(origin);
  const said = Object.fromEntries(Object.entries(merged(origin)).filter(([key]) => !isOfLink(key) || key === "mtu"));
  return {
    ...withWishes(said, wishes),
    ...("accept-ra" in said ? {} : { "accept-ra": origin.acceptsAdvertisements }),
    interfaces: [id],
    macaddress: origin.macAddress,
    parameters: { stp: false, "forward-delay": 0 },
  };
}

function withWishes(said: Definition, { addresses, gateways, nameservers, dhcp }: Wishes): Definition {
  const { gateway4: _4, gateway6: _6, ...withoutGateways } = said;
  const routes = (said.routes ?? []).filter(({ to }) => !isDefault(to));
  const wished = (gateways ?? []).map((via) => ({ to: familyOf(via) === 6 ? "::/0" : "0.0.0.0/0", via }));
  const search = (said.nameservers as { search?: string[] } | undefined)?.search;
  return {
    ...(gateways ? withoutGateways : said),
    ...(addresses && { addresses: addresses.filter((one) => parseCidr(one)) }),
    ...(gateways && { routes: [...routes, ...wished] }),
    ...(nameservers && { nameservers: { ...(search && { search }), addresses: nameservers } }),
    ...(dhcp !== undefined && { dhcp4: dhcp }),
  };
}

function isDefault(to: string | undefined): boolean {
  return ["default", "0.0.0.0/0", "::/0", "0/0"].includes(to ?? "");
}

function renderers(origin: Origin): unknown[] {
  const documents = origin.sources.map((path) => documentOf(origin, path));
  return [
    ...documents.map(({ network }) => network?.renderer),
    ...definitions(origin).map(({ definition }) => definition.renderer),
  ];
}

/** Bonds, bridges, VLANs and the like, of all files. */
function kindsOver(origin: Origin): [string, Definition][] {
  return origin.sources.flatMap((path) =>
    ["bonds", "bridges", "vlans", "vrfs"].flatMap((kind) =>
      Object.entries(documentOf(origin, path).network?.[kind] ?? {}),
    ),
  );
}
