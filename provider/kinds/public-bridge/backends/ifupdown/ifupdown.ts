// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, sh } from "../../../../core/shell";
import type { NetworkBackend } from "../../backend";
import { makeBridge } from "../../bridge-commands";
import { detection } from "./detection";
import { keepLease, leaseOf, moveLease, useLease } from "./dhclient-lease";
import { obstacleIn } from "./obstacle";
import { rewritten } from "./rewriting";
import { filesOf, ownStanzas } from "./stanzas";

/** Debian's ifupdown (interfaces(5)). It does not need bridge-utils, whose bridge_ports costs a second of outage. */
export const ifupdown: NetworkBackend = {
  name: "ifupdown",
  ...detection,
  obstacle: obstacleIn,
  asksDhcp: (origin) =>
    filesOf(origin)
      .flatMap((file) => ownStanzas(file, origin))
      .some(({ family, method }) => family === "inet" && method === "dhcp"),
  render: rewritten,
  check: ({ bridge }, paths) =>
    lines(
      ...paths.map(
        (path) =>
          sh`if grep -q ${`^iface ${bridge} `} "$root"${path}; then ifquery --interfaces="$root"${path} ${bridge} >/dev/null; fi`,
      ),
    ),
  leaveNic: (names) =>
    lines(
      keepLease(names, names.nic),
      leaveLabels(names.nic),
      sh`ifdown --force ${names.nic}`,
      clear(names.nic),
      sh`rm -f ${leaseOf(names.nic)}`,
    ),
  enterBridge: (names) => lines(useLease(names, names.bridge), makeBridge(names), sh`ifup --force ${names.bridge}`),
  leaveBridge: (names) =>
    lines(
      keepLease(names, names.bridge),
      sh`ifdown --force ${names.bridge}`,
      sh`if [ -e /sys/class/net/${names.bridge} ]; then ip link delete dev ${names.bridge}; fi`,
      sh`rm -f ${[`/run/network/ifstate.${names.bridge}`, leaseOf(names.bridge)]}`,
    ),
  enterNic: (names, unasked) =>
    lines(
      keepLease(names, names.nic),
      sh`if ifquery --state ${names.nic} >/dev/null; then ifdown --force ${names.nic} || :; fi`,
      clear(names.nic),
      sh`ip link set dev ${names.nic} nomaster`,
      unasked,
      useIpv6(names.nic),
      useLease(names, names.nic),
      sh`ifup --force ${names.nic}`,
      enterLabels(names.nic),
    ),
  rehearse: sh`ifup --all --no-scripts || :`,
  atBoot: (names, device) => lines(moveLease(names, device), useLease(names, device)),
};

/**
 * IPv6 is off on a port, because a port has no addresses. When it is on again, the kernel adds the link-local address.
 */
function useIpv6(nic: string) {
  const setting = (link: string) => `/proc/sys/net/ipv6/conf/${link}/disable_ipv6`;
  return sh`if [ -e ${setting(nic)} ]; then cat ${setting("default")} >${setting(nic)}; fi`;
}

function clear(link: string) {
  return sh`ip address flush dev ${link} scope global`;
}

/** Takes down labels like `eth0:1`. ifupdown treats each of them as an interface of its own. */
function leaveLabels(nic: string) {
  return sh`for label in $(sed -n ${`s/^\\(${nic}:[^=]*\\)=.*/\\1/p`} /run/network/ifstate); do ifdown --force "$label"; done`;
}

function enterLabels(nic: string) {
  return sh`for label in $({ ifquery --list; ifquery --list --allow=hotplug; } | grep ${`^${nic}:`} | sort -u); do ifup --force "$label"; done`;
}
