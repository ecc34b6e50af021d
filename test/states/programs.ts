import { program as programOfToday } from "../e2e/programs.js";
import type { HypervisorOptions } from "../lab/hypervisor.js";
import { emulated } from "../lab/kernelOptions.js";

/** A user's stack, on a host of an earlier version. The state and the host are in test/fixtures/states. */
export interface OldStack {
  name: string;
  tower: HypervisorOptions;
  /** The program that created it. */
  program: string;
  /** A program with changes in place, and the operation for each changed resource. */
  changed: string;
  changes: Record<string, string>;
}

/** The kernel command lines of the recorded guests lack this word, and their time limit is shorter. */
const program = (...statements: string[]) =>
  programOfToday(...statements)
    .replaceAll(` ${emulated}`, "")
    .replaceAll("timeoutSeconds: 300", "timeoutSeconds: 90");

const guests = (memoryMiB: number) => [
  'const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });',
  `tiny("one", lan, "192.168.50.2/24", { memoryMiB: ${memoryMiB} });`,
  'const image = new kvm.Image("small", { host, source: "/srv/small.raw" });',
  'const disk = new kvm.Disk("data", { host, image });',
  'tiny("two", lan, "192.168.50.3/24", { disks: [disk], autostart: true });',
];

const network = (port: number) => [
  'new kvm.Sysctl("redirects", { host, key: "net.ipv4.conf.all.send_redirects", value: 0 });',
  'new kvm.IpForwarding("router", { host });',
  'new kvm.Route("behind", { host, destination: "10.77.0.0/16", gateway: "192.168.50.2" }, { dependsOn: lan });',
  'new kvm.Masquerade("nat", { host, source: "192.168.50.0/24", outInterface: "host0" });',
  'new kvm.FirewallRule("out", { host, chain: "forward", inInterface: lan.name, action: "accept" });',
  `new kvm.PortForward("web", { host, protocol: "tcp", listenPort: ${port}, to: "192.168.50.2:80" });`,
  'new kvm.Probe("answers", { from: host, ping: "192.168.50.2" }, { dependsOn: lan });',
];

const publicBridge = (more: string) =>
  program(`new kvm.PublicBridge("lan", { host, nic: "host0", confirmWithinSeconds: 60, ${more} });`);

export const oldStacks: OldStack[] = [
  {
    name: "kinds",
    tower: { release: 12 },
    program: program(...guests(96), ...network(8080)),
    changed: program(...guests(112), ...network(8081)),
    changes: { one: "update", web: "update" },
  },
  ...(["ifupdown", "networkd"] as const).map((variant) => ({
    name: `public-bridge-${variant}`,
    tower: { release: 12 as const, variant, qemu: false },
    program: publicBridge(""),
    changed: publicBridge(`addresses: ["198.18.240.10/24", "198.18.250.7/24"]`),
    changes: { lan: "update" },
  })),
];
