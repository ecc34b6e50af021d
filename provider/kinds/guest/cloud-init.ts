import { type GuestNetwork, gatewaysOf, isOnLink } from "./guest-addresses";
import type { GuestWant } from "./guest-args";

/** The files of a NoCloud seed, by name. JSON is valid YAML, and needs no quoting of our own. */
export function seedFiles(want: GuestWant, publicKeys: readonly string[]): Record<string, string> {
  if (!want.cloudInit) return {};
  const { hostname, sshAuthorizedKeys = [], userData, networkConfig } = want.cloudInit;
  const keys = [...new Set([...publicKeys, ...sshAuthorizedKeys])];
  const name = hostname ?? want.path.split("/").at(-1) ?? want.name;
  return {
    // cloud-init adds keys from meta data to those in user data. User data would replace a list in vendor data.
    "meta-data": json({ "instance-id": want.name, "local-hostname": name, "public-keys": keys }),
    "vendor-data": `#cloud-config\n${json(vendorConfig(want))}`,
    "user-data": userData ?? "#cloud-config\n{}\n",
    "network-config": networkConfig ?? json({ version: 2, ethernets: ethernets(want) }),
  };
}

/** User data overrides vendor data, key by key. */
function vendorConfig(want: GuestWant): object {
  const nameservers = want.cloudInit?.network?.nameservers ?? [];
  const commands = [...(nameservers.length > 0 ? [resolvConf(nameservers)] : []), ...onLinkRoutes(want)];
  return {
    // The provider logs in as root with a key to configure a guest. Few images have sudo set up for that.
    disable_root: false,
    ssh: { emit_keys_to_console: true },
    ...(commands.length > 0 && { bootcmd: commands.map((command) => ["sh", "-c", command]) }),
  };
}

/** With ifupdown and without resolvconf, no program uses the name servers of the network configuration. */
function resolvConf(nameservers: readonly string[]): string {
  const lines = nameservers.map((address) => `nameserver ${address}\\n`).join("");
  return `[ -L /etc/resolv.conf ] || command -v resolvconf >/dev/null || printf '${lines}' >/etc/resolv.conf`;
}

/** Names NICs by their MAC addresses, so that eth0 is the first NIC, whatever the order on the bus. */
function ethernets(want: GuestWant): Record<string, object> {
  const first = want.nics.findIndex((nic) => nic.tap !== undefined);
  const entries = want.nics.map((nic, i) => {
    const match = { match: { macaddress: nic.macAddress }, "set-name": `eth${i}` };
    const network = i === first ? want.cloudInit?.network : undefined;
    return [`eth${i}`, { ...match, ...(network ? addressed(network) : { dhcp4: true }) }] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Uses gateway4 and gateway6. For ifupdown, cloud-init would add a route to 0.0.0.0/0 with the `route` command of
 * net-tools. A gateway outside the guest's networks needs a route with on-link.
 */
function addressed(network: GuestNetwork) {
  const { addresses, nameservers } = network;
  const gateways = gatewaysOf(network);
  const onLink = gateways.filter((gateway) => isOnLink(gateway, network));
  const inside = gateways.filter((gateway) => !onLink.includes(gateway));
  return {
    addresses,
    ...Object.fromEntries(inside.map((gateway) => [gateway.includes(":") ? "gateway6" : "gateway4", gateway])),
    ...(onLink.length > 0 && { routes: onLink.map((via) => ({ to: allOf(via), via, "on-link": true })) }),
    ...(nameservers !== undefined && { nameservers: { addresses: nameservers } }),
  };
}

function allOf(gateway: string): string {
  return gateway.includes(":") ? "::/0" : "0.0.0.0/0";
}

/** Some network renderers of cloud-init ignore on-link, so that the route is missing. These commands add it. */
function onLinkRoutes(want: GuestWant): string[] {
  const network = want.cloudInit?.network;
  if (!network) return [];
  const nic = `eth${want.nics.findIndex(({ tap }) => tap !== undefined)}`;
  return gatewaysOf(network)
    .filter((gateway) => isOnLink(gateway, network))
    .map((gateway) => {
      const ip = gateway.includes(":") ? "ip -6" : "ip -4";
      return `${ip} route show default | grep -q . || ${ip} route add default via ${gateway} dev ${nic} onlink`;
    });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
