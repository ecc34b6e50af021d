import { createWriteStream } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa, type ResultPromise } from "execa";
import { agentAt } from "./agent";
import { ready } from "./boot";
import { stable } from "./debian";
import type { Hypervisor, Site } from "./hypervisor";
import { emulated } from "./kernelOptions";
import type { MachineImage } from "./machineImage";
import { hostKeyOf, writeSeed } from "./seed";
import { settled } from "./settled";
import { takeSnapshot } from "./snapshot";
import { variants } from "./variants";

/**
 * A hypervisor with its own kernel and clock, under emulation. It can load modules and run real firewall managers,
 * which a container cannot because it shares this machine's kernel. It boots in half a minute.
 */
export async function makeMachine(
  name: string,
  image: MachineImage,
  /** The root file system with a QEMU, so that this machine needs none. */
  qemuRoot: string,
  number: number,
  { slot, lan, authorized }: Site,
): Promise<Hypervisor> {
  const folder = join(slot.folder, name);
  const upper = join(folder, "seed");
  await mkdir(upper, { recursive: true });
  const [address, gateway] = [slot.address(number), lan.gateway];
  await writeSeed(upper, {
    ...{ name, release: stable, variant: "ifupdown", authorized, qemu: true, kvm: false },
    ...{ nameserver: gateway, address: { cidr: `${address}/24`, gateway } },
  });
  const hostKey = await hostKeyOf(upper);
  await makeFiles(folder, image);
  const tap = `vm-${name}`.slice(0, 15);
  await plugIn(slot.name, tap);

  let running: ResultPromise | undefined;
  const state = () => (running ? "up" : "off");
  const console = async () => (await readFile(join(folder, "console.log"), "utf8")).split("\n").slice(-30).join("\n");
  const agent = agentAt(join(folder, "agent.sock"));
  const exec: Hypervisor["exec"] = (script, options) => agent.exec(script, options);
  const on = async () => {
    await rm(join(folder, "agent.sock"), { force: true });
    const child = startQemu({ folder, qemuRoot, image: image.folder, netns: slot.name, tap, mac: macOf(number) });
    running = child;
    child.then(() => {
      running = undefined;
    });
    await ready(machine, { state, console }, bootMinutes);
  };
  const bootId = () => exec("cat /proc/sys/kernel/random/boot_id").catch(() => "");
  const cut = async () => {
    running?.kill("SIGKILL");
    await running;
    agent.close();
  };

  const machine: Hypervisor = {
    ...{ name, address, port: 22, hostKey, exec, user: "root" },
    async put(from, to) {
      await exec(`cat >'${to}'`, { inputFile: from });
    },
    async reboot() {
      const before = await bootId();
      await exec("systemctl reboot").catch(() => {});
      while ((await bootId()) === before) agent.close();
      await ready(machine, { state, console }, bootMinutes);
    },
    async powerOff() {
      await exec("systemctl poweroff").catch(() => {});
      await running;
      agent.close();
    },
    powerOn: on,
    cutPower: cut,
    unplug: () => lan.cable(tap, "down"),
    plug: () => lan.cable(tap, "up"),
    readdress: () => Promise.reject(new Error("a machine keeps its address")),
    settled: () => settled(exec, { advertisement: lan.advertises && variants.ifupdown.hearsAdvertisements() }),
    snapshot: () => machine.settled().then(() => takeSnapshot(exec)),
    stop: cut,
  };
  await on().catch(async (error) => {
    await cut();
    throw error;
  });
  return machine;
}

const bootMinutes = 10;

const macOf = (number: number) => `52:54:00:00:00:${number.toString(16).padStart(2, "0")}`;

/** A disk over the shared one, and the shared initrd followed by this machine's own files: the kernel unpacks both. */
async function makeFiles(folder: string, { initrd }: MachineImage): Promise<void> {
  const shared = ["-u", "-b", "/srv/disk.raw", "-F", "raw"]; // the path that QEMU sees, not that of this process
  await execa("qemu-img", ["create", "-q", "-f", "qcow2", ...shared, join(folder, "disk.qcow2"), "6G"]);
  const seed = 'find seed | cpio --quiet -o -H newc | cat "$1" - >initrd';
  await execa("sh", ["-c", seed, "sh", initrd], { cwd: folder });
}

async function plugIn(netns: string, tap: string): Promise<void> {
  const commands = [`tuntap add dev ${tap} mode tap`, `link set dev ${tap} master lan0 up`];
  for (const command of commands) await execa("ip", ["-netns", netns, ...command.split(" ")]);
}

interface Parts {
  folder: string;
  qemuRoot: string;
  image: string;
  netns: string;
  tap: string;
  mac: string;
}

/**
 * QEMU from the root file system of another Debian, with its own mounts. It ends with this process, however that ends.
 */
function startQemu({ folder, qemuRoot, image, netns, tap, mac }: Parts): ResultPromise {
  const own = ["setpriv", "--pdeathsig=KILL", "nsenter", `--net=/run/netns/${netns}`];
  const mounts = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", inRoot, "sh"];
  const qemu = [
    ...["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-machine", "pc"],
    ...["-accel", "tcg,tb-size=256", "-cpu", "qemu64", "-smp", "1", "-m", "1024", "-device", "virtio-rng-pci"],
    ...["-kernel", "/srv/vmlinuz", "-initrd", "/mnt/initrd", "-append", kernelWords],
    ...["-drive", "if=virtio,file=/mnt/disk.qcow2,format=qcow2,cache=unsafe"],
    ...["-netdev", `tap,id=lan,ifname=${tap},script=no,downscript=no`],
    ...["-device", `virtio-net-pci,netdev=lan,mac=${mac}`],
    ...["-chardev", "socket,id=agent,path=/mnt/agent.sock,server=on,wait=off", "-device", "virtio-serial"],
    ...["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0", "-serial", "stdio"],
  ];
  const [command = "", ...words] = [...own, ...mounts, qemuRoot, folder, image, ...qemu];
  const child = execa(command, words, { stdin: "ignore", detached: true, reject: false, buffer: false, all: true });
  child.all?.pipe(createWriteStream(join(folder, "console.log"), { flags: "a" }));
  return child;
}

const kernelWords = `console=ttyS0 net.ifnames=0 mitigations=off nokaslr quiet ${emulated}`;

const inRoot = `
root=$1 folder=$2 image=$3
shift 3
mount --bind /dev "$root/dev"
mount --bind "$folder" "$root/mnt"
mount --bind "$image" "$root/srv"
exec chroot "$root" "$@"`;
