import type { Fact } from "../../core/fact";
import { linesOf, tagged } from "../../core/reply";
import { type Sh, sh } from "../../core/shell";
import { shareFolder } from "./proc-sys.fact";

/** Who else forwards packets on this host, and what turning IPv6 forwarding on would take away. */
export interface Forwarding {
  /** Programs that turn forwarding on for themselves and do not count: "Docker". */
  others: string[];
  /** Interfaces that would stop to hear router advertisements. */
  deaf: string[];
}

/** Interfaces that such programs make, and whose they are. */
const signs: Readonly<Record<string, string>> = {
  docker0: "Docker",
  "virbr*": "libvirt",
  "podman*": "Podman",
  "cni*": "Kubernetes",
  "lxdbr*": "LXD",
  "incusbr*": "Incus",
};

/** @param holder the wish that keeps an interface listening */
export function forwardingOf(holder: string): Fact<Forwarding> {
  return {
    name: `forwarding and ${holder}`,
    command: sh`
      for link in /sys/class/net/*; do printf 'link=%s\\n' "\${link##*/}"; done
      ${eachListening(holder, sh`printf 'deaf=%s\\n' "$link"`)}`,
    parse: (output) => {
      const lines = linesOf(output);
      const found = Object.entries(signs).filter(([sign]) => tagged(lines, "link=").some((link) => isLike(sign, link)));
      return { others: found.map(([, program]) => program), deaf: tagged(lines, "deaf=") };
    },
    nothing: { others: [], deaf: [] },
  };
}

/**
 * Does something for each interface that hears router advertisements only as long as the host does not forward
 * (accept_ra=1), or for which another of us has seen to that. Not for our own links, whose guests are no routers for
 * us, nor for a bridge's ports, nor where somebody wishes accept_ra to be another.
 */
export function eachListening(holder: string, then: Sh): Sh {
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

/** Whether a link is such a program's; Docker calls its networks by their numbers. */
export function isOfContainers(link: string): boolean {
  return /^br-[0-9a-f]{12}$/.test(link) || Object.keys(signs).some((sign) => isLike(sign, link));
}

function isLike(sign: string, link: string): boolean {
  return sign.endsWith("*") ? link.startsWith(sign.slice(0, -1)) : link === sign;
}
