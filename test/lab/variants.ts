import type { Release } from "./debian";

/** A network manager of a hypervisor: its packages, and its way to write "host0 has this address". */
export interface Variant {
  packages(release: Release): string[];
  /** Units to enable in the root file system. */
  units?: string[];
  /** udev runs only where /sys is writable. netplan calls udev. */
  writableSys?: boolean;
  /** Whether it takes an address from a router advertisement, also beside a static one. */
  hearsAdvertisements(address6?: Address): boolean;
  /** File names and contents. Without an address it uses DHCP. */
  configure(address?: Address, address6?: Address): Record<string, string>;
}

export interface Address {
  /** With prefix length: 198.18.0.10/24 */
  cidr: string;
  gateway: string;
}

export type VariantName = keyof typeof variants;

const ifupdown: Variant = {
  packages: () => ["ifupdown", "isc-dhcp-client"],
  hearsAdvertisements: (address6) => address6 === undefined, // `iface … inet6 static` sets accept_ra to 0
  configure: (address, address6) => ({
    "/etc/network/interfaces": "auto lo\niface lo inet loopback\n\nsource /etc/network/interfaces.d/*\n",
    "/etc/network/interfaces.d/host0": [
      "auto host0",
      ...(address ? stanza("inet", address) : ["iface host0 inet dhcp"]),
      ...(address6 ? stanza("inet6", address6) : []),
      "",
    ].join("\n"),
  }),
};

function stanza(family: string, { cidr, gateway }: Address): string[] {
  return [`iface host0 ${family} static`, `    address ${cidr}`, `    gateway ${gateway}`];
}

const networkd: Variant = {
  packages: (release) => (release < 12 ? [] : ["systemd-resolved"]), // a part of systemd itself before Debian 12
  units: ["systemd-networkd"],
  hearsAdvertisements: () => true,
  configure: (address, address6) => ({
    "/etc/systemd/network/50-host0.network": [
      "[Match]\nName=host0\n\n[Network]",
      address ? `Address=${address.cidr}\nGateway=${address.gateway}` : "DHCP=ipv4",
      ...(address6 ? [`Address=${address6.cidr}\nGateway=${address6.gateway}`] : []),
      "",
    ].join("\n"),
  }),
};

const netplan: Variant = {
  packages: () => ["netplan.io", "udev"],
  units: ["systemd-networkd"],
  writableSys: true,
  hearsAdvertisements: () => true,
  configure: (address, address6) => {
    const fixed = [address, address6].filter((one) => one !== undefined);
    return {
      "/etc/netplan/50-host0.yaml": [
        "network:\n  version: 2\n  renderer: networkd\n  ethernets:\n    host0:",
        ...(address ? [] : ["      dhcp4: true"]),
        ...(fixed.length > 0 ? [`      addresses: [${quoted(fixed.map(({ cidr }) => cidr))}]`] : []),
        ...(fixed.length > 0 ? ["      routes:"] : []),
        ...fixed.map(({ gateway }) => `        - {to: default, via: "${gateway}"}`),
        "",
      ].join("\n"),
    };
  },
};

const quoted = (words: string[]) => words.map((word) => `"${word}"`).join(", ");

const networkManager: Variant = {
  packages: () => ["network-manager"],
  hearsAdvertisements: () => false, // because of the profile below
  configure: (address, address6) => ({
    "/etc/NetworkManager/system-connections/host0.nmconnection": [
      "[connection]\nid=host0\ntype=ethernet\ninterface-name=host0\n",
      address ? `[ipv4]\nmethod=manual\naddress1=${address.cidr},${address.gateway}\n` : "[ipv4]\nmethod=auto\n",
      address6
        ? `[ipv6]\nmethod=manual\naddress1=${address6.cidr},${address6.gateway}\n`
        : "[ipv6]\nmethod=link-local\n",
    ].join("\n"),
  }),
};

export const variants = { ifupdown, networkd, netplan, networkManager } satisfies Record<string, Variant>;
