import { diskPath } from "../facts/disks";
import { guestFolder, runFolder } from "../facts/guests";
import type { Machine } from "../facts/machine";
import { lines, type Sh, sh, text } from "../shell";
import type { GuestWant, HostForward } from "./arguments";

/**
 * The start script of a guest: QEMU in the foreground, sandboxed, as an unprivileged user. What depends on the moment
 * (whether KVM can be used) is decided in the script, so that its text is the same on every run.
 */
export function startScript(want: GuestWant, machine: Machine): string {
  const [run, log] = [`${runFolder}/${want.name}`, `${guestFolder}/${want.name}/log`];
  const script = lines(
    sh`#!/bin/sh`,
    sh`set -eu; umask 077`,
    // The console of a boot that printed host keys is kept: cloud-init prints them at the first boot only.
    sh`if grep -aqs 'BEGIN SSH HOST KEY KEYS' ${`${log}/console`}; then cp ${`${log}/console`} ${`${log}/host-keys`}; fi`,
    sh`rm -f ${`${run}/monitor.in`} ${`${run}/monitor.out`}; mkfifo ${`${run}/monitor.in`} ${`${run}/monitor.out`}`,
    sh`cp "$0" ${`${run}/started`}`,
    accelerator(want),
    sh`vhost=off; if [ $accel = kvm ] && [ -r /dev/vhost-net ] && [ -w /dev/vhost-net ]; then vhost=on; fi`,
    sh`exec ${`qemu-system-${machine.architecture}`} \
  ${[...base(want, machine), ...disks(want), ...seed(want), ...want.nics.flatMap(nic), ...kernel(want)]} 2>${`${log}/qemu`}`,
  );
  return `${text(script)}\n`;
}

/** SIGTERM is no ACPI shutdown: press the power button, again for a guest that was still booting, and wait. */
export function stopScript(want: GuestWant): string {
  const script = sh`
    #!/bin/sh
    pid=$1; tenths=0
    while kill -0 "$pid" 2>/dev/null && [ $tenths -lt ${want.stopWithinSeconds * 10} ]; do
      if [ $((tenths % 100)) = 0 ]; then
        timeout 2 sh -c '[ ! -p "$0" ] || echo system_powerdown >"$0"' ${`${runFolder}/${want.name}/monitor.in`} || :
      fi
      sleep 0.2; tenths=$((tenths + 2))
    done`;
  return `${text(script)}\n`;
}

/** Runs a command of QEMU's monitor and prints its answer. The sum marks the end: it is not what was typed. */
export function monitor(name: string, command: string | Sh): Sh {
  return sh`
    timeout 5 sh -c '[ -p "$0/monitor.in" ] || exit 1
      printf "%s\nprint 7*1000003\n" "$1" >"$0/monitor.in"
      while IFS= read -r line; do
        case $line in *7000021*|*0x6acfd5*) exit 0 ;; esac
        printf "%s\n" "$line"
      done <"$0/monitor.out"' ${`${runFolder}/${name}`} ${command}`;
}

/** QEMU keeps up to 1 GiB of translated code for each guest, whatever its memory; with a quarter it is no slower (tried). */
const emulated = "tcg,tb-size=256";

function accelerator({ accelerator }: GuestWant): Sh {
  if (accelerator === "tcg") return sh`accel=${emulated}; cpu=max`;
  if (accelerator === "kvm") return sh`accel=kvm; cpu=host`;
  return sh`
    accel=${emulated}; cpu=max
    if [ -r /dev/kvm ] && [ -w /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo; then accel=kvm; cpu=host; fi`;
}

function base(want: GuestWant, machine: Machine): Sh[] {
  const run = `${runFolder}/${want.name}`;
  const log = `${guestFolder}/${want.name}/log/console`;
  return [
    sh`-name ${option(want.name)} -nodefaults -no-user-config -display none`,
    sh`-machine ${machine.architecture === "aarch64" ? "virt" : "pc"} -accel "$accel" -cpu "$cpu"`,
    sh`-smp ${want.vcpus} -m ${want.memoryMiB}`,
    sh`-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny`,
    sh`-chardev ${`pipe,id=monitor,path=${option(run)}/monitor`} -mon chardev=monitor,mode=readline`,
    sh`-chardev ${`socket,id=operator,path=${option(run)}/operator.sock,server=on,wait=off`} -mon chardev=operator,mode=readline`,
    sh`-chardev ${`socket,id=console,path=${option(run)}/console.sock,server=on,wait=off,logfile=${option(log)}`} -serial chardev:console`,
    sh`-device virtio-rng-pci`,
  ];
}

function disks(want: GuestWant): Sh[] {
  return want.disks.map((name, i) => {
    const drive = `if=none,id=disk${i},file=${option(diskPath(name))},format=qcow2,discard=unmap`;
    // Without bootindex SeaBIOS tries the seed first, and hangs. A kernel that is booted directly has 0.
    return sh`-drive ${drive} -device ${`virtio-blk-pci,drive=disk${i},bootindex=${i + 1}`}`;
  });
}

/** vvfat serves the folder as a disk with cloud-init's label: no ISO tool is needed. */
function seed(want: GuestWant): Sh[] {
  if (!want.cloudInit) return [];
  const folder = option(`${guestFolder}/${want.name}/seed`);
  return [
    sh`-drive ${`if=none,id=seed,driver=vvfat,dir=${folder},label=CIDATA,read-only=on`} -device virtio-blk-pci,drive=seed`,
  ];
}

function nic(nic: GuestWant["nics"][number], i: number): Sh[] {
  const model = { virtio: "virtio-net-pci", e1000: "e1000", rtl8139: "rtl8139", ne2k_pci: "ne2k_pci" }[
    nic.model ?? "virtio"
  ];
  const device = sh`-device ${`${model},id=nic${i},netdev=net${i},mac=${nic.macAddress}`}`;
  if (nic.tap === undefined) return [sh`-netdev ${user(nic.user?.hostForwards ?? [], i)}`, device];
  const tap = `tap,id=net${i},ifname=${option(nic.tap)},script=no,downscript=no,vhost=`;
  return [nic.model === undefined || nic.model === "virtio" ? sh`-netdev ${tap}$vhost` : sh`-netdev ${tap}off`, device];
}

function user(forwards: readonly HostForward[], i: number): string {
  const rules = forwards.map(
    ({ protocol = "tcp", hostAddress = "", hostPort, guestPort }) =>
      `,hostfwd=${protocol}:${hostAddress.includes(":") ? `[${hostAddress}]` : hostAddress}:${hostPort}-:${guestPort}`,
  );
  return `user,id=net${i}${rules.join("")}`;
}

function kernel({ kernel }: GuestWant): Sh[] {
  if (!kernel) return [];
  const { image, initrd, commandLine } = kernel;
  return [
    sh`-kernel ${image}`,
    ...(initrd !== undefined ? [sh`-initrd ${initrd}`] : []),
    ...(commandLine !== undefined ? [sh`-append ${commandLine}`] : []),
  ];
}

/** A comma inside a QEMU option's value is doubled. */
function option(value: string): string {
  return value.replaceAll(",", ",,");
}
