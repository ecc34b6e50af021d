// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { stringify } from "yaml";
import { familyOf, parseCidr } from "../../../../core/addresses";
import { lines, sh } from "../../../../core/shell";
import type { NetworkBackend, Origin, Rendering, Wishes } from "../../backend";
import { formIfThere, letBackendMake } from "../../bridge-commands";
import { printIni } from "../../formats/ini";
import { isOffNetwork } from "../../on-link";
import { reconfigure, runNetworkd } from "../networkd/networkd";
import { definitionOf, type Found, isTrue } from "./definition";
import { detection } from "./detection";
import { contentFor, type Definition } from "./document";
import { isOfLink, obstacleIn, ownId } from "./obstacle";

/**
 * netplan (netplan(5)). It joins the lists of all files, so an additional file can take nothing away. So we replace
 * each file that has the NIC. The NIC becomes a bare port there, and the last of these files gets the bridge.
 */
export const netplan: NetworkBackend = {
  name: "netplan",
  ...detection,
  obstacle: obstacleIn,
  asksDhcp: (origin) => isTrue(definitionOf(origin)?.merged.dhcp4),
  render: (origin, wishes) => {
    const found = definitionOf(origin);
    if (!found) return {};
    const home = found.paths.at(-1);
    // A definition that other NICs share stays as it is. The NIC gets a definition of its own beside it.
    const paths = found.isShared ? found.paths.slice(-1) : found.paths;
    const files = Object.fromEntries(
      paths.map((path) => {
        // A bridge may only name links from its own file or an earlier one.
        const bridges = path === home ? { [origin.bridge]: bridge(origin, found, wishes) } : {};
        return [path, { mode: 0o600, content: rewritten(origin, found, path, bridges) }];
      }),
    );
    return { ...files, ...identity(origin) };
  },
  check: (_names, paths) =>
    lines(
      // All files that netplan would read, with our versions in their place.
      sh`mkdir -p "$root/etc/netplan"`,
      sh`for file in /etc/netplan/*.yaml; do [ -e "$root$file" ] || [ ! -e "$file" ] || cp -p "$file" "$root$file"; done`,
      sh`netplan generate --root-dir "$root"`,
      sh`: ${paths}`,
    ),
  formBridge: formIfThere,
  enterBridge: (names) => letBackendMake(names, lines(sh`netplan generate`, sh`netplan apply`)),
  // netplan does not delete a bridge that is no longer in its files.
  enterNic: ({ nic, bridge }, unasked) =>
    lines(
      unasked,
      sh`netplan generate`,
      sh`netplan apply`,
      sh`if [ -e /sys/class/net/${bridge} ]; then ip link delete dev ${bridge}; fi`,
      reconfigure(nic),
    ),
  rehearse: runNetworkd(sh`netplan generate`),
  // At boot, netplan's generator ran before the rollback, on the files of that moment.
  atBoot: () => sh`netplan generate`,
};

/**
 * netplan has no setting for the IAID. networkd would derive another one from the bridge's name, and the DHCP server
 * would see another client.
 */
function identity({ bridge, iaid }: Origin): Rendering {
  if (iaid === undefined) return {};
  const content = printIni(["DHCPv4", "DHCPv6"].map((name) => ({ name, lines: [`IAID=${iaid}`] })));
  return { [`/etc/systemd/network/10-netplan-${bridge}.network.d/pulumi-kvm.conf`]: { mode: 0o644, content } };
}

/** The file with the NIC as a bare port, and with a bridge in addition to the existing ones. */
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

/** netplan turns STP on unless it is set. The MAC is the identity for DHCP when no other one was in use. */
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
