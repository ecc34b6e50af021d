import { lines, type Sh, sh, text } from "../core/shell";
import { type Expected, holdsAll, missing } from "./expected-state";
import { type Swap, swapFiles } from "./file-swap";

/**
 * Shows, before anything is done, what the owner's own tools make of the new files at boot. They run with these files in
 * namespaces of their own, which have a link for each NIC, and they can change nothing of the host. There is no server and
 * no router in there, so what comes from one is not rehearsed.
 */
export interface Rehearsal {
  /** Starts the owner of the configuration as a boot does. Absent when it cannot run beside itself. */
  start: Sh | undefined;
  /** What must be there with the new files, and with those of now. */
  wished: Expected;
  now: Expected;
}

/** Fails, and says what it got. Where the files of now do not bring up what the host has, nothing can be said. */
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

/** $1 "new": with the new files in place. */
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

/** Empty places for what the owner keeps while it runs, copies of the folders that change, and a link for each NIC. */
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
 * Takes away what the owner, or a command in its files, could do to the host. A DHCP client would wait for a server in
 * vain: what stands in for it brings the link up, as a client does.
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
