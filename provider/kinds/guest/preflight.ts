import { inTheWay } from "../firewall/blocked-traffic";
import { type Machine, missingTools, packageFor, qemuOf } from "../host/machine.fact";
import type { Disks } from "../image/disk-files.fact";
import { type Images, imageProblem } from "../image/image-store.fact";
import type { GuestWant } from "./guest-args";
import type { GuestFacts } from "./guest-facts";
import type { GuestState } from "./guest-state.fact";
import { needsClosedLoopback } from "./loopback";

/** Why a guest cannot be run on this host, each with what to do; empty when it can. */
export function problems(want: GuestWant, seen: GuestFacts): string[] {
  const { machine, links, disks, images } = seen;
  const missing = missingTools(machine, [qemuOf(machine)]);
  const taps = want.nics.flatMap(({ tap }) => (tap === undefined ? [] : [tap]));
  return [
    ...(missing.length > 0 ? [`the host lacks ${missing.join(", ")}. Install it`] : []),
    ...(taps.length > 0 && !machine.tun ? ["the host has no /dev/net/tun. Load the module: modprobe tun"] : []),
    ...(taps.length > 0 && machine.opensTaps === false
      ? [
          `the host has neither perl nor python3, which open a tap for its guest. Install ${packageFor("perl", machine)}`,
        ]
      : []),
    ...kvmProblem(want, machine),
    ...userNetworkProblem(want, machine),
    ...taps.filter((tap) => machine.tun && !links[tap]).map((tap) => `there is no tap ${tap}`),
    ...want.disks.flatMap((disk) => diskProblem(disk, disks, images)),
    // One that is there already goes on: that it cannot talk has nothing to do with what is changed, and is warned of.
    ...(seen.guests[want.name]?.files.unit === undefined ? unheard(want, seen) : []),
  ];
}

/** Why the guest cannot talk to those that share a bridge with it. */
export function unheard(want: GuestWant, seen: GuestFacts): string[] {
  return [...new Set(want.nics.flatMap(({ tap }) => (tap === undefined ? [] : bridgeProblem(tap, seen))))];
}

/** Guests that share a bridge, on a host that drops what a bridge passes on, could not talk: that is said before. */
function bridgeProblem(tap: string, { links, ...filter }: GuestFacts): string[] {
  const bridge = links[tap]?.master;
  const ports = Object.values(links).filter(({ master }) => bridge !== undefined && master === bridge);
  return ports.length > 1 ? [inTheWay(filter, bridge) ?? []].flat() : [];
}

/** What is written to a base changes under its overlays, which no longer fit it. */
function diskProblem(name: string, disks: Disks, images: Images): string[] {
  const disk = disks[name];
  if (!disk) return [`there is no disk ${name}`];
  if (disk.image === undefined) return [];
  const reason = imageProblem(disk.image, images);
  return reason === undefined ? [] : [`disk ${name} is not to be trusted: ${reason}`];
}

/** A stock kernel hangs in a KVM that the CPU does not back: being there is not being usable. */
function kvmProblem({ accelerator }: GuestWant, { kvm }: Machine): string[] {
  if (accelerator !== "kvm" || kvm === "usable") return [];
  const reason =
    kvm === "no /dev/kvm"
      ? "there is no /dev/kvm"
      : "/dev/kvm is there, but the CPU offers neither vmx nor svm, so a kernel would hang in it";
  return [`${reason}. Set accelerator: "tcg" to run it slowly, or turn nested virtualisation on`];
}

/** RHEL leaves it out of its QEMU. And without a packet filter what listens on the host's loopback would be open to it. */
function userNetworkProblem(want: GuestWant, machine: Machine): string[] {
  if (!want.nics.some(({ user }) => user !== undefined)) return [];
  if (machine.libexecQemu && !machine.tools.includes(qemuOf(machine)) && !machine.userNetwork) {
    return [
      `${machine.libexecQemu} has no user-mode network (${machine.distribution} leaves it out). ` +
        "Use a tap on a Bridge, with IpForwarding and a Masquerade for the way out",
    ];
  }
  if (!needsClosedLoopback(want) || ["nft", "iptables"].some((tool) => machine.tools.includes(tool))) return [];
  return [
    "the host has neither nft nor iptables, which keep the guest's user-mode network from the host's own loopback. " +
      `Install ${packageFor("nft", machine)}, or set hostLoopback: true on the NIC's user`,
  ];
}

/** NICs whose QEMU holds no tap: it was deleted and perhaps made anew, but QEMU has a dead one. */
export function unplugged(want: GuestWant, guest: GuestState): number[] {
  return want.nics.flatMap(({ tap }, i) => (tap !== undefined && !guest.taps.includes(tap) ? [i] : []));
}
