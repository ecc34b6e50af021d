// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import type { Fact } from "../../core/fact";
import { linesOf, tagged } from "../../core/reply";
import { type Sh, sh } from "../../core/shell";
import { shareFolder } from "./proc-sys.fact";

/** Other programs on this host that need forwarding, and what IPv6 forwarding would break. */
export interface Forwarding {
  /** Programs that turn forwarding on without counting its users: "Docker". */
  others: string[];
  /** Interfaces that would stop accepting router advertisements. */
  deaf: string[];
}

/** The interfaces of such programs, and the program that makes them. */
const signs: Readonly<Record<string, string>> = {
  docker0: "Docker",
  "virbr*": "libvirt",
  "podman*": "Podman",
  "cni*": "Kubernetes",
  "lxdbr*": "LXD",
  "incusbr*": "Incus",
};

/** @param holder the resource that asks: an interface with its wish for accept_ra counts as done */
export function forwardingOf(holder: string): Fact<Forwarding> {
  return {
    name: `forwarding and ${holder}`,
    command: sh`
      for link in /sys/class/net/*; do printf 'link=%s\\n' "\${link##*/}"; done
      ${forEachRaInterface(holder, sh`printf 'deaf=%s\\n' "$link"`)}`,
    parse: (output) => {
      const lines = linesOf(output);
      const found = Object.entries(signs).filter(([sign]) => tagged(lines, "link=").some((link) => isLike(sign, link)));
      return { others: found.map(([, program]) => program), deaf: tagged(lines, "deaf=") };
    },
    afterReboot: { others: [], deaf: [] },
  };
}

/**
 * Runs a command for each interface that accepts router advertisements only while the host does not forward
 * (accept_ra=1), or for which another of our resources has set accept_ra=2. Skips our own links, because their guests
 * are not routers for the host. Also skips ports of a bridge, and interfaces for which a resource wants another
 * accept_ra.
 */
export function forEachRaInterface(holder: string, then: Sh): Sh {
  return sh`
    for file in /proc/sys/net/ipv6/conf/*/accept_ra; do
      link=\${file%/accept_ra}; link=\${link##*/}
      case "$link" in all|default|lo) continue ;; esac
      if [ ! -e "$file" ] || [ -e "/sys/class/net/$link/master" ]; then continue; fi
      case "$(cat "/sys/class/net/$link/ifalias" 2>/dev/null)" in pulumi-kvm:*) continue ;; esac
      wishes=${shareFolder("net/ipv6/conf")}/$link/accept_ra
      case "$(cat "$file")" in
        1) ;;
        2) if [ ! -e "$wishes/original" ] || [ -e "$wishes"/${holder} ]; then continue; fi ;;
        *) continue ;;
      esac
      other=
      for wish in "$wishes"/*.*; do
        if [ -e "$wish" ] && [ "$(sed -n 1p "$wish")" != 2 ]; then other=$wish; fi
      done
      if [ -n "$other" ]; then continue; fi
      ${then}
    done`;
}

/** Whether such a program made the link. Docker names its networks by their ids. */
export function isOfContainers(link: string): boolean {
  return /^br-[0-9a-f]{12}$/.test(link) || Object.keys(signs).some((sign) => isLike(sign, link));
}

function isLike(sign: string, link: string): boolean {
  return sign.endsWith("*") ? link.startsWith(sign.slice(0, -1)) : link === sign;
}
