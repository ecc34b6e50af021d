// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh, text } from "../../core/shell";
import { type Machine, qemuOf } from "../host/machine.fact";
import { diskPath } from "../image/disk-files.fact";
import type { GuestWant, HostForward } from "./guest-args";
import { runFolder } from "./guest-state.fact";
import { consolePipe, seedDescriptor } from "./launch";
import { hasOpenLoopback } from "./loopback";
import { socketFolder } from "./prepare";

/**
 * The start script of a guest. It runs QEMU in the foreground, sandboxed, as the guest's own user. The launch script
 * opens the taps and the seed, then runs it. The script itself checks what depends on the moment, for example whether
 * KVM is usable. So its text stays the same on every run: a changed text means another machine, and restarts the guest.
 */
export function startScript(want: GuestWant, machine: Machine, qemuVersion: string): string {
  const script = lines(
    sh`#!/bin/sh`,
    sh`set -eu; umask 077`,
    hasOpenLoopback(want) && sh`# The guest reaches what listens on the host's loopback.`,
    accelerator(want, emulatedCpu(machine, qemuVersion)),
    sh`vhost=off; if [ $accel = kvm ] && [ -r /dev/vhost-net ] && [ -w /dev/vhost-net ]; then vhost=on; fi`,
    sh`exec ${qemuOn(machine)} \
  ${[...base(want, machine), ...disks(want), ...seed(want), ...nics(want), ...kernel(want)]}`,
  );
  return `${text(script)}\n`;
}

/**
 * SIGTERM does not shut a guest down. So the script presses the ACPI power button and waits. It presses again every ten
 * seconds, for a guest that was still booting.
 */
export function stopScript(want: GuestWant): string {
  const script = sh`
    #!/bin/sh
    pid=\${1:-}; tenths=0
    while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ $tenths -lt ${want.stopWithinSeconds * 10} ]; do
      if [ $((tenths % 100)) = 0 ]; then
        timeout 2 sh -c '[ ! -p "$0" ] || echo system_powerdown >"$0"' ${`${runFolder}/${want.name}/monitor.in`} || :
      fi
      sleep 0.2; tenths=$((tenths + 2))
    done
    # The console's last words: its reader takes the pipe away when it has written them down.
    tenths=0
    while [ -p ${consolePipe(want.name)} ] && [ $tenths -lt 10 ]; do sleep 0.1; tenths=$((tenths + 1)); done`;
  return `${text(script)}\n`;
}

/**
 * Runs a command in QEMU's monitor and prints its answer. The product marks the end: the echo of the command does not
 * contain it.
 */
export function monitor(name: string, command: string | Sh): Sh {
  return sh`
    timeout 5 sh -c '[ -p "$0/monitor.in" ] || exit 1
      printf "%s\nprint 7*1000003\n" "$1" >"$0/monitor.in"
      while IFS= read -r line; do
        case $line in *7000021*|*0x6acfd5*) exit 0 ;; esac
        printf "%s\n" "$line"
      done <"$0/monitor.out"' ${`${runFolder}/${name}`} ${command}`;
}

/**
 * By default QEMU keeps up to 1 GiB of translated code for each guest, whatever its memory. 256 MiB is not slower
 * (tried).
 */
const emulated = "tcg,tb-size=256";

function accelerator({ accelerator }: GuestWant, emulatedCpu: string): Sh {
  if (accelerator === "tcg") return sh`accel=${emulated}; cpu=${emulatedCpu}`;
  if (accelerator === "kvm") return sh`accel=kvm; cpu=host`;
  return sh`
    accel=${emulated}; cpu=${emulatedCpu}
    if [ -r /dev/kvm ] && [ -w /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo; then accel=kvm; cpu=host; fi`;
}

/**
 * The emulated processor. Older versions of QEMU emulate the instructions of BMI2 wrongly: with 5.2, kernel 6.12 resets
 * while it decompresses itself (tried; 7.2 is right). A version that is not known counts as newer.
 */
function emulatedCpu({ architecture }: Machine, qemuVersion: string): string {
  const [major = 0, minor = 0] = qemuVersion.split(".").map(Number);
  const isWrong = qemuVersion !== "" && (major < 7 || (major === 7 && minor < 2));
  return architecture === "x86_64" && isWrong ? "max,bmi2=off" : "max";
}

function qemuOn(machine: Machine): string {
  return machine.libexecQemu && !machine.tools.includes(qemuOf(machine)) ? machine.libexecQemu : qemuOf(machine);
}

/** RHEL's QEMU has dropped the older machine type "pc". */
function machineType(machine: Machine): string {
  if (machine.architecture === "aarch64") return "virt";
  return qemuOn(machine) === qemuOf(machine) ? "pc" : "q35";
}

function base(want: GuestWant, machine: Machine): Sh[] {
  const [run, sockets] = [option(`${runFolder}/${want.name}`), option(socketFolder(want.name))];
  const log = option(consolePipe(want.name));
  return [
    sh`-name ${option(want.name)} -nodefaults -no-user-config -display none`,
    sh`-machine ${machineType(machine)} -accel "$accel" -cpu "$cpu"`,
    sh`-smp ${want.vcpus} -m ${want.memoryMiB}`,
    sh`-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny`,
    sh`-chardev ${`pipe,id=monitor,path=${run}/monitor`} -mon chardev=monitor,mode=readline`,
    sh`-chardev ${`socket,id=operator,path=${sockets}/operator.sock,server=on,wait=off`} -mon chardev=operator,mode=readline`,
    sh`-chardev ${`socket,id=console,path=${sockets}/console.sock,server=on,wait=off,logfile=${log}`} -serial chardev:console`,
    sh`-device virtio-rng-pci`,
  ];
}

function disks(want: GuestWant): Sh[] {
  return want.disks.map((name, i) => {
    const drive = `if=none,id=disk${i},file=${option(diskPath(name))},format=qcow2,discard=unmap`;
    // Without bootindex, SeaBIOS tries the seed first and hangs. A directly booted kernel has bootindex 0.
    return sh`-drive ${drive} -device ${`virtio-blk-pci,drive=disk${i},bootindex=${i + 1}`}`;
  });
}

/** The guest's user cannot open the seed. The launch script opens it, and QEMU inherits the file descriptor. */
function seed(want: GuestWant): Sh[] {
  if (!want.cloudInit) return [];
  return [
    sh`-add-fd ${`fd=${seedDescriptor},set=1`}`,
    sh`-drive if=none,id=seed,file=/dev/fdset/1,format=raw,read-only=on -device virtio-blk-pci,drive=seed`,
  ];
}

/** The launch script opens the taps. $tap0, $tap1 … hold their file descriptors. */
function nics(want: GuestWant): Sh[] {
  const taps = want.nics.filter(({ tap }) => tap !== undefined);
  return want.nics.flatMap((nic, i) => {
    const model = nic.model === undefined || nic.model === "virtio" ? "virtio-net-pci" : nic.model;
    const device = sh`-device ${`${model},id=nic${i},netdev=net${i},mac=${nic.macAddress}`}`;
    if (nic.tap === undefined) return [sh`-netdev ${user(nic.user?.hostForwards ?? [], i)}`, device];
    const vhost = model === "virtio-net-pci" ? sh`$vhost` : sh`off`;
    return [sh`-netdev tap,id=net${i},fd=$tap${taps.indexOf(nic)},vhost=${vhost}`, device];
  });
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

/** Doubles commas, as QEMU requires in the value of an option. */
function option(value: string): string {
  return value.replaceAll(",", ",,");
}
