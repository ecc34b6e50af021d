import type { FakeMachine } from "../fake/machine";
import type { Properties } from "./engine";

/** Test data of a kind. */
export interface Case {
  /** A resource. */
  args: Properties;
  /** A change of it without a replacement. */
  change: Properties;
  /**
   * Every argument with a valid value: test/unit/kinds/hostile-arguments.test.ts replaces each value by hostile ones. A kind
   * has several sets where arguments exclude each other.
   */
  examples: readonly Properties[];
  /** Prepares the host. */
  seed?: (machine: FakeMachine) => void;
}

const sysctl = (keys: Record<string, string>) => (machine: FakeMachine) => {
  for (const [key, value] of Object.entries(keys)) machine.write(`/proc/sys/${key}`, `${value}\n`);
};

/** A NIC that systemd-networkd configures. */
function networkdHost(machine: FakeMachine): void {
  const nic = { kind: "", type: "1", mtu: "1500", address: "02:00:00:00:00:0a", state: "UP", ifindex: "2" };
  for (const [field, value] of Object.entries({ ...nic, addresses: "192.0.2.10/24" }))
    machine.write(`/sys/class/net/eth0/${field}`, `${value}\n`);
  const network = "/etc/systemd/network/50-eth0.network";
  machine.write(network, "[Match]\nName=eth0\n\n[Network]\nAddress=192.0.2.10/24\n");
  machine.write("/run/systemd/netif/links/2", `ADMIN_STATE=configured\nNETWORK_FILE=${network}\n`);
  machine.write("/run/systemd/system/here", "");
  machine.write("/proc/sys/kernel/random/boot_id", "0000\n");
  machine.write("/proc/sys/net/ipv6/conf/all/forwarding", "0\n");
}

const guestExamples: readonly Properties[] = [
  {
    ...{ vcpus: 2, memoryMiB: 512, accelerator: "tcg", disks: ["data"], stopWithinSeconds: 9, running: false },
    ...{ autostart: true, waitFor: { ssh: true, cloudInit: true, tcpPort: 22, timeoutSeconds: 9 } },
    nics: [
      { tap: "tap0", model: "e1000", macAddress: "02:00:00:00:00:01", link: true },
      { user: { hostForwards: [{ protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 2222, guestPort: 22 }] } },
    ],
    cloudInit: {
      ...{ hostname: "web", sshAuthorizedKeys: ["ssh-ed25519 AAAAkey me"], userData: "#cloud-config" },
      ...{ network: { addresses: ["10.0.0.2/8"], gateway: "10.0.0.1", nameservers: ["10.0.0.1"] } },
    },
    kernel: { image: "/boot/vmlinuz", initrd: "/boot/initrd", commandLine: "console=ttyS0" },
  },
  { running: false, cloudInit: { networkConfig: "version: 2" } },
];

/** One case for each kind in the registry. test/unit/kinds/registry.test.ts says what is missing. */
export const cases: Readonly<Record<string, Case>> = {
  Host: { args: { packages: "check" }, change: { packages: "install" }, examples: [{ packages: "install" }] },
  Image: {
    args: { source: "/var/lib/debian.raw" },
    change: { timeoutSeconds: 60 },
    seed: (machine) => machine.write("/var/lib/debian.raw", "a disk's contents"),
    examples: [
      { source: "/srv/a.qcow2", sha256: "a".repeat(64), timeoutSeconds: 60 },
      { source: "https://images.example/a.qcow2?b", sha256: "a".repeat(64) },
    ],
  },
  PublicBridge: {
    args: { nic: "eth0" },
    change: { addresses: ["192.0.2.10/24", "192.0.2.11/24"] },
    seed: networkdHost,
    examples: [
      { nic: "eth0", addresses: ["192.0.2.10/24"], gateways: ["192.0.2.1"], nameservers: ["192.0.2.2"], up: true },
      { nic: "eth0", dhcp: true, confirmWithinSeconds: 60, addressConflict: "refuse", persistent: true },
      { nic: "eth0", bridgeNetfilter: "off", rulesOnNic: "keep" },
    ],
  },
  Bridge: {
    args: { addresses: ["192.168.50.1/24", "fd99::1/64"] },
    change: { mtu: 1400, addresses: ["10.0.0.1/8"] },
    examples: [
      { addresses: ["10.0.0.1/8", "fd00::1/64"], mtu: 1400, stp: true, up: false, persistent: true, adopt: true },
      { macAddress: "02:00:00:00:00:01" },
    ],
  },
  Tap: {
    args: { mtu: 1400 },
    change: { up: false },
    examples: [{ bridge: "br0", user: "nobody", mtu: 1400, up: true, persistent: true, adopt: true }],
  },
  Sysctl: {
    args: { key: "net.ipv4.conf.all.rp_filter", value: 2 },
    change: { value: 1 },
    seed: sysctl({ "net/ipv4/conf/all/rp_filter": "0" }),
    examples: [{ key: "net.ipv4.ip_forward", value: "1", module: "br_netfilter", persistent: true }],
  },
  IpForwarding: {
    args: {},
    change: { ipv6: true },
    seed: sysctl({ "net/ipv4/ip_forward": "0", "net/ipv6/conf/all/forwarding": "0" }),
    examples: [{ ipv4: true, ipv6: true, persistent: true }],
  },
  Route: {
    args: { destination: "10.9.0.0/16", gateway: "192.168.50.2" },
    change: { gateway: "192.168.50.3" },
    examples: [
      {
        ...{ destination: "10.9.0.0/16", gateway: "10.0.0.2", device: "br0", metric: 5, table: 100 },
        ...{ source: "10.0.0.1", onlink: true, persistent: true, adopt: true },
      },
    ],
  },
  Masquerade: {
    args: { source: "192.168.50.0/24", outInterface: "eth0" },
    change: { outInterface: "eth1" },
    examples: [
      { family: "ipv4", backend: "iptables", persistent: true, source: "10.0.0.0/8", destination: "10.1.0.0/16" },
      { source: "fd00::/64", outInterface: "eth0" },
    ],
  },
  FirewallRule: {
    args: { chain: "forward", action: "accept", inInterface: "br0" },
    change: { action: "drop" },
    examples: [
      {
        ...{ family: "ipv4", backend: "iptables", persistent: true, inInterface: "br0", outInterface: "eth0" },
        ...{ source: "10.0.0.0/8", destination: "10.1.0.1", chain: "forward", action: "accept", protocol: "tcp" },
        ...{ sourcePorts: [1, "2-3"], destinationPorts: ["80-90", 443], states: ["new"], order: 10 },
      },
    ],
  },
  PortForward: {
    args: { protocol: "tcp", listenPort: 8080, to: "192.168.50.10:80" },
    change: { to: "192.168.50.11:80" },
    examples: [
      {
        ...{ backend: "iptables", persistent: true, protocol: "tcp", listenPort: 80, listenAddress: "192.0.2.1" },
        ...{ inInterface: "eth0", to: "10.0.0.2:80" },
      },
    ],
  },
  Disk: {
    args: { sizeGiB: 1 },
    change: { sizeGiB: 2 },
    examples: [{ sizeGiB: 1 }, { image: `${"a".repeat(64)}.qcow2`, sizeGiB: 2 }],
  },
  Guest: {
    args: {
      running: false,
      nics: [{ user: { hostForwards: [{ hostPort: 2222, guestPort: 22 }] } }],
      cloudInit: { userData: "#cloud-config" },
    },
    change: { memoryMiB: 1024, autostart: false },
    examples: guestExamples,
  },
  // Nothing listens on this port. With required: false, the provider creates the probe in spite of that.
  Probe: {
    args: { tcp: "127.0.0.1:1", required: false, timeoutSeconds: 0.1 },
    change: { timeoutSeconds: 0.2 },
    examples: [
      { ping: "fe80::1%br0", timeoutSeconds: 5, required: true, triggers: ["x"] },
      { tcp: "[::1]:22", timeoutSeconds: 5 },
      { http: "http://h.example/", expectStatus: 200 },
    ],
  },
};
