// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh, text } from "../core/shell";
import { type Expected, holdsAll, missing } from "./expected-state";
import { type Swap, swapFiles } from "./file-swap";

/**
 * Shows before the change what the network manager makes of the new files at boot. Its tools run with these files in
 * their own namespaces, which have a link for each NIC. They cannot change the host. The namespaces have no server and
 * no router, so the rehearsal does not cover what a server or router provides.
 */
export interface Rehearsal {
  /** Starts the network manager as a boot does. Undefined when a second instance cannot run beside the first. */
  start: Sh | undefined;
  /** The expected state with the new files, and with the current files. */
  wished: Expected;
  now: Expected;
}

/**
 * Fails when the new files do not work, and prints the result. Passes when the current files do not work in the
 * namespaces either, because the rehearsal then proves nothing.
 */
export function rehearse(staging: string, swaps: readonly Swap[], rehearsal: Rehearsal): Sh {
  const script = `${staging}/rehearsal.sh`;
  const { start } = rehearsal;
  if (!start || swaps.length === 0) return sh`:`;
  return sh`
    printf '%s\n' ${text(playScript(start, swaps, rehearsal))} >${script}
    bounded="setpriv --bounding-set=-sys_module,-sys_boot,-sys_time"
    $bounded true 2>/dev/null || bounded=
    play() {
      timeout 40 $bounded unshare --net --mount --pid --ipc --uts --fork --kill-child --mount-proc --propagation private sh ${script} "$1" 2>&1
    }
    if got=$(play new); then
      : >${staging}/rehearsed
    elif play now >/dev/null; then
      echo ${`a rehearsal of the next boot with the new files failed: ${missing(rehearsal.wished)}. It got:`} >&2
      echo "$got" >&2
      exit 1
    fi`;
}

/** $1 "new" puts the new files in place first. */
function playScript(start: Sh, swaps: readonly Swap[], { wished, now }: Rehearsal): Sh {
  return lines(
    stageSet(swaps),
    sh`
      if [ "$1" = new ]; then ${swapFiles(swaps)}; fi
      ${closeHost}
      ( ${start} ) >/run/said 2>&1
      tries=0
      until { [ "$1" = new ] && ${holdsAll(wished)}; } || { [ "$1" != new ] && ${holdsAll(now)}; }; do
        tries=$((tries + 1))
        if [ $tries -gt 50 ]; then
          tail -n 20 /run/said; ip -brief address; ip -4 route; ip -6 route
          exit 1
        fi
        sleep 0.1
      done`,
  );
}

/**
 * Makes empty folders for runtime files of the network manager, copies of the folders that change, and a link for each
 * NIC.
 */
function stageSet(swaps: readonly Swap[]): Sh {
  const folders = [...new Set(swaps.map(({ path }) => path.slice(0, path.lastIndexOf("/"))))].sort();
  return sh`
    set -eu
    umask 022 # the daemons have users of their own
    cd /
    nics=$(for link in /sys/class/net/*; do
      if [ "$(cat "$link/type")" = 1 ] && [ ! -e "$link/tun_flags" ] && ! grep -q ^DEVTYPE= "$link/uevent"; then
        echo "\${link##*/} $(cat "$link/address")"
      fi
    done)
    mount -t tmpfs -o mode=755 tmpfs /run
    mount -t tmpfs tmpfs /tmp
    mount -t sysfs -o ro sysfs /sys
    mkdir -p /run/network /run/lock /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
    chown -R systemd-network: /run/systemd/netif 2>/dev/null || :
    for folder in ${folders}; do
      mkdir -p "/run/copies$folder"
      cp -a "$folder/." "/run/copies$folder"
      mount --bind "/run/copies$folder" "$folder"
    done
    if [ -e /proc/sys/net/ipv6/conf/default/accept_dad ]; then echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad; fi
    ip link set dev lo up
    number=0
    echo "$nics" | while read -r nic address; do
      number=$((number + 1))
      ip link add name "$nic" address "$address" type veth peer name "far-$number"
      ip link set dev "far-$number" up
    done`;
}

/**
 * Protects the host from the network manager and from commands in its files. A DHCP client would wait for a server in
 * vain. A stub replaces the client and brings the link up, as a client does.
 */
const closeHost = sh`
  printf '%s\n' '#!/bin/sh' 'for word do [ ! -e "/sys/class/net/$word" ] || ip link set dev "$word" up; done' >/run/client
  chmod 755 /run/client
  for client in dhclient dhcpcd udhcpc pump; do
    if path=$(command -v $client); then mount --bind /run/client "$path"; fi
  done
  mount --bind /proc/sys /proc/sys
  mount --bind /proc/sys/net /proc/sys/net
  mount -o remount,bind,ro /proc/sys
  cut -d ' ' -f 5 /proc/self/mountinfo | while read -r point; do
    case $point in /run|/run/*|/tmp|/tmp/*|/proc|/proc/*|/sys|/sys/*|/dev|/dev/*) ;; *) mount -o remount,bind,ro "$point" 2>/dev/null || : ;; esac
  done`;
