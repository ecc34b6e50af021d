import type { FakeMachine } from "../fake/machine";
import type { Properties } from "./engine";

/** A resource of a kind, and a change of it without a replacement. */
export interface Case {
  args: Properties;
  change: Properties;
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

/** One case for each kind in the registry: see kinds.test.ts. */
export const cases: Readonly<Record<string, Case>> = {
  Host: { args: { packages: "check" }, change: { packages: "install" } },
  Image: {
    args: { source: "/var/lib/debian.raw" },
    change: { timeoutSeconds: 60 },
    seed: (machine) => machine.write("/var/lib/debian.raw", "a disk's contents"),
  },
  PublicBridge: {
    args: { nic: "eth0" },
    change: { addresses: ["192.0.2.10/24", "192.0.2.11/24"] },
    seed: networkdHost,
  },
  Bridge: { args: { addresses: ["192.168.50.1/24", "fd99::1/64"] }, change: { mtu: 1400, addresses: ["10.0.0.1/8"] } },
  Tap: { args: { mtu: 1400 }, change: { up: false } },
  Sysctl: {
    args: { key: "net.ipv4.conf.all.rp_filter", value: 2 },
    change: { value: 1 },
    seed: sysctl({ "net/ipv4/conf/all/rp_filter": "0" }),
  },
  IpForwarding: {
    args: {},
    change: { ipv6: true },
    seed: sysctl({ "net/ipv4/ip_forward": "0", "net/ipv6/conf/all/forwarding": "0" }),
  },
  Route: { args: { destination: "10.9.0.0/16", gateway: "192.168.50.2" }, change: { gateway: "192.168.50.3" } },
  Masquerade: { args: { source: "192.168.50.0/24", outInterface: "eth0" }, change: { outInterface: "eth1" } },
  FirewallRule: { args: { chain: "forward", action: "accept", inInterface: "br0" }, change: { action: "drop" } },
  PortForward: {
    args: { protocol: "tcp", listenPort: 8080, to: "192.168.50.10:80" },
    change: { to: "192.168.50.11:80" },
  },
  Disk: { args: { sizeGiB: 1 }, change: { sizeGiB: 2 } },
  Guest: {
    args: {
      running: false,
      nics: [{ user: { hostForwards: [{ hostPort: 2222, guestPort: 22 }] } }],
      cloudInit: { userData: "#cloud-config" },
    },
    change: { memoryMiB: 1024, autostart: false },
  },
  // Nothing listens on this port. With required: false, the provider creates the probe in spite of that.
  Probe: { args: { tcp: "127.0.0.1:1", required: false, timeoutSeconds: 0.1 }, change: { timeoutSeconds: 0.2 } },
};
