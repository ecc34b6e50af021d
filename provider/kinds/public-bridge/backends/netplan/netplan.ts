import { stringify } from "yaml";
import { familyOf, parseCidr } from "../../../../core/addresses";
import { lines, sh } from "../../../../core/shell";
import type { Origin, Owner, Rendering, Wishes } from "../../backend";
import { formIfThere, letOwnerMake } from "../../bridge-commands";
import { printIni } from "../../formats/ini";
import { isOffNetwork } from "../../on-link";
import { reconfigure, runNetworkd } from "../networkd/networkd";
import { definitionOf, type Found, isTrue } from "./definition";
import { contentFor, type Definition } from "./document";
import { isOfLink, obstacleIn, ownId } from "./obstacle";

/**
 * netplan (netplan(5)). Lists of several files are joined, so nothing can be taken away by a file more: each file that
 * has the NIC is replaced by one that has it as a bare port, and the last of them has the bridge.
 */
export const netplan: Owner = {
  name: "netplan",
  obstacle: obstacleIn,
  asksDhcp: (origin) => isTrue(definitionOf(origin)?.merged.dhcp4),
  render: (origin, wishes) => {
    const found = definitionOf(origin);
    if (!found) return {};
    const home = found.paths.at(-1);
    // What others share stays as it is: the NIC gets a definition of its own beside it.
    const paths = found.isShared ? found.paths.slice(-1) : found.paths;
    const files = Object.fromEntries(
      paths.map((path) => {
        // It may only name what an earlier file, or its own, has.
        const bridges = path === home ? { [origin.bridge]: bridge(origin, found, wishes) } : {};
        return [path, { mode: 0o600, content: rewritten(origin, found, path, bridges) }];
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
  rehearse: runNetworkd(sh`netplan generate`),
  // Its generator ran before us, on the files that were there then.
  atBoot: () => sh`netplan generate`,
};

/** netplan has no word for what networkd would otherwise make of the bridge's name: another client for the server. */
function identity({ bridge, iaid }: Origin): Rendering {
  if (iaid === undefined) return {};
  const content = printIni(["DHCPv4", "DHCPv6"].map((name) => ({ name, lines: [`IAID=${iaid}`] })));
  return { [`/etc/systemd/network/10-netplan-${bridge}.network.d/pulumi-kvm.conf`]: { mode: 0o644, content } };
}

/** The file with the NIC as a bare port, and with a bridge beside the others. */
function rewritten(origin: Origin, found: Found, path: string, added: Record<string, unknown>): string {
  const { network, ...rest } = contentFor(origin, path);
  const bridges = { ...network?.bridges, ...added };
  return stringify({
    ...rest,
    network: {
      ...network,
      ethernets: { ...network?.ethernets, ...portOf(origin, found, network?.ethernets?.[found.id] ?? {}) },
      ...(Object.keys(bridges).length > 0 && { bridges }),
    },
  });
}

function portOf(origin: Origin, { id, isShared, merged }: Found, definition: Definition): Record<string, Definition> {
  if (!isShared) return { [id]: asPort(definition) };
  return { [ownId(origin)]: { ...asPort(merged), match: { name: origin.nic } } };
}

function asPort(definition: Definition): Definition {
  const kept = Object.entries(definition).filter(([key]) => isOfLink(key));
  return { ...Object.fromEntries(kept), dhcp4: false, dhcp6: false, "accept-ra": false, "link-local": [] };
}

/** STP is on unless it is said, and DHCP's identity is the MAC where no other was in use. */
function bridge(origin: Origin, { id, merged, isShared }: Found, wishes: Wishes): Record<string, unknown> {
  const said = Object.fromEntries(Object.entries(merged).filter(([key]) => !isOfLink(key) || key === "mtu"));
  return {
    ...withWishes(said, wishes, origin.addresses),
    ...("accept-ra" in said ? {} : { "accept-ra": origin.acceptsAdvertisements }),
    interfaces: [isShared ? ownId(origin) : id],
    macaddress: origin.macAddress,
    parameters: { stp: false, "forward-delay": 0 },
  };
}

function withWishes(
  said: Definition,
  { addresses, gateways, nameservers, dhcp }: Wishes,
  had: readonly string[],
): Definition {
  const { gateway4: _4, gateway6: _6, ...withoutGateways } = said;
  const routes = (said.routes ?? []).filter(({ to, table }) => !isDefault(to) || table !== undefined);
  const wished = (gateways ?? []).map((via) => ({
    to: familyOf(via) === 6 ? "::/0" : "0.0.0.0/0",
    via,
    ...(isOffNetwork(via, addresses ?? had) && { "on-link": true }),
  }));
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
