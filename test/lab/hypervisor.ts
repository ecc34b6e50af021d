import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { boot, ready } from "./boot";
import { makeContainer } from "./container";
import { type Release, stable } from "./debian";
import { begin, execIn, type Input } from "./inside";
import type { Lan } from "./lan";
import { accounts } from "./root";
import { hostKeyOf, writeSeed } from "./seed";
import { settled } from "./settled";
import type { Slot } from "./slot";
import { takeSnapshot } from "./snapshot";
import { type VariantName, variants } from "./variants";

export interface HypervisorOptions {
  /** The Debian release. @default the stable one */
  release?: Release;
  /** The network manager of its NIC, host0. @default ifupdown */
  variant?: VariantName;
  /** Gets its address from the LAN's DHCP server. @default false: a static address */
  dhcp?: boolean;
  /** Also has a static IPv6 address. @default false */
  ipv6?: boolean;
  /** This machine reaches it through the LAN's gateway. @default false: as a neighbour on the LAN */
  routed?: boolean;
  /** The account for logins: root, a user whose sudo wants no password, or one whose sudo wants one. @default root */
  sudo?: "root" | "nopasswd" | "password";
  /** Changes its files before its first boot. The folder is the upper layer of the root. */
  prepare?: (upper: string) => Promise<void>;
  /** Has QEMU. @default true */
  qemu?: boolean;
  /** Has /dev/net/tun. @default true */
  tun?: boolean;
  /** Has /dev/kvm, which a CPU without virtualisation makes useless. @default false */
  kvm?: boolean;
}

/** A real Debian with its own systemd, sshd, network and QEMU. A test may break it. */
export interface Hypervisor {
  name: string;
  address: string;
  /** Its IPv6 address, when it has one. */
  address6?: string;
  port: number;
  user: string;
  /** The password that sudo asks the user for. */
  password?: string;
  /** Public key: `ssh-ed25519 AAAA…` */
  hostKey: string;
  /** Runs a shell script as root, but not over the network. Returns its output. @throws when it fails */
  exec(script: string, options?: Input): Promise<string>;
  /** Copies a file of this machine to the hypervisor. */
  put(from: string, to: string): Promise<void>;
  reboot(): Promise<void>;
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  /** Turns it off like a power cut. */
  cutPower(): Promise<void>;
  /** Pulls the network cable. A reboot plugs it in again. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
  /** Gives it another address, which it keeps. */
  readdress(address: string): Promise<void>;
  /** Waits until addresses, routes and units are complete. @throws with what is missing */
  settled(): Promise<void>;
  /** Everything that we could leave on it, as text to compare. Waits until the host has settled. */
  snapshot(): Promise<string>;
  stop(): Promise<void>;
}

export interface Site {
  slot: Slot;
  lan: Lan;
  authorized: string;
}

export async function makeHypervisor(
  name: string,
  lower: string,
  number: number,
  { slot, lan, authorized }: Site,
  {
    release = stable,
    variant = "ifupdown",
    dhcp = false,
    sudo = "root",
    qemu = true,
    tun = true,
    kvm = false,
    prepare,
    ...way
  }: HypervisorOptions,
): Promise<Hypervisor> {
  const folder = await layers(slot, name);
  const [address, address6] = [slot.address(number), slot.address6(number)];
  const fixed = (address: string) => ({ cidr: `${address}/24`, gateway: lan.gateway });
  const own6 = way.ipv6 ? { cidr: `${address6}/64`, gateway: lan.gateway6 } : undefined;
  const advertisement = lan.advertises && variants[variant].hearsAdvertisements(own6);
  await writeSeed(join(folder, "upper"), {
    ...{ name, release, variant, authorized, qemu, kvm, nameserver: lan.gateway },
    ...(dhcp ? {} : { address: fixed(address) }),
    ...(own6 ? { address6: own6 } : {}),
  });
  await prepare?.(join(folder, "upper"));
  const hostKey = await hostKeyOf(join(folder, "upper"));
  const env: Record<string, string> = variants[variant].writableSys ? { SYSTEMD_NSPAWN_API_VFS_WRITABLE: "yes" } : {};
  const cgroup = `${slot.name}-${name}`;
  const nspawn = ["--network-bridge=lan0", ...(tun ? [] : ["--tmpfs=/dev/net"])];
  const container = makeContainer({ name, lower, folder, cgroup, netns: slot.name, nspawn, env });
  const exec: Hypervisor["exec"] = (script, options) => execIn(container, script, options);
  const cable = `vb-${name}`.slice(0, 15); // nspawn's name for its end of the cable

  const tower: Hypervisor = {
    ...{ name, address: dhcp ? "" : address, port: 22, hostKey, exec },
    ...(way.ipv6 ? { address6 } : {}),
    ...login(sudo),
    async put(from, to) {
      await execIn(container, `cat >'${to}'`, { inputFile: from });
    },
    async reboot() {
      await container.goes("rebooting", () => begin(container, "systemctl reboot"));
      await ready(tower, container);
    },
    powerOff: () => container.goes("off", () => begin(container, "systemctl poweroff")),
    cutPower: () => container.cut(),
    powerOn: () => boot(tower, container),
    unplug: () => lan.cable(cable, "down"),
    plug: () => lan.cable(cable, "up"),
    async readdress(next) {
      await exec(movingScript(tower.address, next, lan.gateway, variants[variant].configure(fixed(next))));
      tower.address = next;
    },
    settled: () => settled(exec, { advertisement }),
    snapshot: () => tower.settled().then(() => takeSnapshot(exec)),
    stop: () => container.close(),
  };
  await tower.powerOn().catch(async (error) => {
    await container.close();
    throw error;
  });
  if (way.routed) await Promise.all([tower.address, tower.address6 ?? []].flat().map(lan.routeTo));
  return tower;
}

async function layers(slot: Slot, name: string): Promise<string> {
  const folder = join(slot.folder, name);
  for (const layer of ["upper", "work", "root"]) await mkdir(join(folder, layer), { recursive: true });
  return folder;
}

function login(sudo: "root" | "nopasswd" | "password"): Pick<Hypervisor, "user" | "password"> {
  if (sudo === "root") return { user: "root" };
  return sudo === "nopasswd" ? { user: "ops" } : { user: "clerk", password: accounts.clerk.password };
}

// It cannot add the new address first: when the old address goes, its secondary addresses go too.
function movingScript(from: string, to: string, gateway: string, files: Record<string, string>): string {
  const writes = Object.entries(files).map(([file, text]) => `cat >${file} <<'EOF'\n${text}EOF`);
  return [
    ...["set -e", ...writes, 'dev=$(ip -o route show default | sed "s/.* dev \\([^ ]*\\).*/\\1/")'],
    `ip address delete ${from}/24 dev "$dev"`,
    `ip address add ${to}/24 dev "$dev"`,
    `ip route replace default via ${gateway} dev "$dev"`,
  ].join("\n");
}
