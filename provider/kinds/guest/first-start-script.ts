// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh, text } from "../../core/shell";
import type { Machine } from "../host/machine.fact";
import { diskPath } from "../image/disk-files.fact";
import type { GuestWant, HostForward } from "./guest-args";
import { guestFolder, runFolder } from "./guest-state.fact";

/**
 * Frozen: the start script of version 0.1.0. A guest that runs from this script and is as desired keeps running; its
 * next start uses the current script. Never change this text: a test compares it with the original.
 */
export function firstStartScript(want: GuestWant, machine: Machine): string {
  const [run, log] = [`${runFolder}/${want.name}`, `${guestFolder}/${want.name}/log`];
  const script = lines(
    sh`#!/bin/sh`,
    sh`set -eu; umask 077`,
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
    return sh`-drive ${drive} -device ${`virtio-blk-pci,drive=disk${i},bootindex=${i + 1}`}`;
  });
}

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

/** Doubles commas, as QEMU requires in the value of an option. */
function option(value: string): string {
  return value.replaceAll(",", ",,");
}
