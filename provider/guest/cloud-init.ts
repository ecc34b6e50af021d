import type { GuestWant } from "./arguments";

/** The files of a NoCloud seed by name. JSON is YAML, and needs no quoting of its own. */
export function seedFiles(want: GuestWant, publicKeys: readonly string[]): Record<string, string> {
  if (!want.cloudInit) return {};
  const { hostname, sshAuthorizedKeys = [], userData, networkConfig } = want.cloudInit;
  const keys = [...new Set([...publicKeys, ...sshAuthorizedKeys])];
  const name = hostname ?? want.path.split("/").at(-1) ?? want.name;
  return {
    // Keys that come as meta data are added to those in the user data; a list in vendor data would be replaced by them.
    "meta-data": json({ "instance-id": want.name, "local-hostname": name, "public-keys": keys }),
    "vendor-data": `#cloud-config\n${json(vendorConfig(want))}`,
    "user-data": userData ?? "#cloud-config\n{}\n",
    "network-config": networkConfig ?? json({ version: 2, ethernets: ethernets(want) }),
  };
}

/** Vendor data is what a person's user data may override, key by key. */
function vendorConfig({ cloudInit }: GuestWant): object {
  const nameservers = cloudInit?.network?.nameservers ?? [];
  return {
    // root logs in with a key: what is configured in a guest needs it, and few images have sudo set up for it.
    disable_root: false,
    ssh: { emit_keys_to_console: true },
    ...(nameservers.length > 0 && { bootcmd: [["sh", "-c", resolvConf(nameservers)]] }),
  };
}

/** With ifupdown and without resolvconf nobody reads the name servers of the network configuration. */
function resolvConf(nameservers: readonly string[]): string {
  const lines = nameservers.map((address) => `nameserver ${address}\\n`).join("");
  return `[ -L /etc/resolv.conf ] || command -v resolvconf >/dev/null || printf '${lines}' >/etc/resolv.conf`;
}

/** eth0 is the first NIC, as in the guest's own eyes: names by MAC, whatever the order of the bus. */
function ethernets(want: GuestWant): Record<string, object> {
  const first = want.nics.findIndex((nic) => nic.tap !== undefined);
  const entries = want.nics.map((nic, i) => {
    const match = { match: { macaddress: nic.macAddress }, "set-name": `eth${i}` };
    const network = i === first ? want.cloudInit?.network : undefined;
    return [`eth${i}`, { ...match, ...(network ? addressed(network) : { dhcp4: true }) }] as const;
  });
  return Object.fromEntries(entries);
}

/** gateway4 and gateway6, because cloud-init writes a route to 0.0.0.0/0 for ifupdown with net-tools' `route`. */
function addressed(network: { addresses: string[]; gateway?: string | undefined; nameservers?: string[] | undefined }) {
  const { addresses, gateway, nameservers } = network;
  return {
    addresses,
    ...(gateway !== undefined && { [gateway.includes(":") ? "gateway6" : "gateway4"]: gateway }),
    ...(nameservers !== undefined && { nameservers: { addresses: nameservers } }),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
