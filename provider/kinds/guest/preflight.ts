import type { Problem } from "../../core/problem";
import { inTheWay } from "../firewall/blocked-traffic";
import { firewallErrors } from "../firewall/errors";
import { lacks } from "../host/errors";
import { type Machine, missingTools, packageFor, qemuOf } from "../host/machine.fact";
import type { Disks } from "../image/disk-files.fact";
import { type Images, imageProblem } from "../image/image-store.fact";
import { guestErrors } from "./errors";
import type { GuestWant } from "./guest-args";
import type { GuestFacts } from "./guest-facts";
import type { GuestState } from "./guest-state.fact";
import { needsClosedLoopback } from "./loopback";

/** Why this host cannot run the guest: each reason with a remedy. Empty when the host can. */
export function problems(want: GuestWant, seen: GuestFacts): Problem[] {
  const { machine, links, disks, images } = seen;
  const missing = missingTools(machine, [qemuOf(machine)]);
  const taps = want.nics.flatMap(({ tap }) => (tap === undefined ? [] : [tap]));
  return [
    ...(missing.length > 0 ? [lacks(missing, "Install it")] : []),
    ...(taps.length > 0 ? tapProblems(machine) : []),
    ...kvmProblem(want, machine),
    ...userNetworkProblem(want, machine),
    ...taps
      .filter((tap) => machine.tun && !links[tap])
      .map((tap) => guestErrors.noTap(`the tap ${tap} does not exist`)),
    ...want.disks.flatMap((disk) => diskProblem(disk, disks, images)),
    // An existing guest only gets a warning, because the change of its arguments did not cause this problem.
    ...(seen.guests[want.name]?.files.unit === undefined
      ? blockedGuests(want, seen).map(firewallErrors.bridgedFramesDropped)
      : []),
  ];
}

function tapProblems(machine: Machine): Problem[] {
  const text = "/dev/net/tun is missing. Load the module: modprobe tun";
  return [
    ...(machine.tun ? [] : [guestErrors.noTun(text)]),
    ...(machine.opensTaps === false
      ? [lacks(["perl or python3, which open a tap for its guest"], `Install ${packageFor("perl", machine)}`)]
      : []),
  ];
}

/** Why the guest cannot talk to other guests on its bridge. */
export function blockedGuests(want: GuestWant, seen: GuestFacts): string[] {
  return [...new Set(want.nics.flatMap(({ tap }) => (tap === undefined ? [] : bridgeProblem(tap, seen))))];
}

/** Guests on one bridge cannot talk when the host drops bridged frames. Reports this before the guest starts. */
function bridgeProblem(tap: string, { links, ...filter }: GuestFacts): string[] {
  const bridge = links[tap]?.master;
  const ports = Object.values(links).filter(({ master }) => bridge !== undefined && master === bridge);
  return ports.length > 1 ? [inTheWay(filter, bridge) ?? []].flat() : [];
}

/** A write to a base image makes the overlays on it inconsistent. */
function diskProblem(name: string, disks: Disks, images: Images): Problem[] {
  const disk = disks[name];
  if (!disk) return [guestErrors.noDisk(`the disk ${name} does not exist`)];
  if (disk.image === undefined) return [];
  const problem = imageProblem(disk.image, images);
  return problem ? [{ ...problem, text: `the data of disk ${name} is not reliable: ${problem.text}` }] : [];
}

/** /dev/kvm may exist without support by the CPU. A stock kernel hangs in such a KVM. */
function kvmProblem({ accelerator }: GuestWant, { kvm }: Machine): Problem[] {
  if (accelerator !== "kvm" || kvm === "usable") return [];
  const reason =
    kvm === "no /dev/kvm"
      ? "/dev/kvm is missing"
      : "/dev/kvm exists, but the CPU offers neither vmx nor svm, so a guest would hang";
  const remedy = 'Turn nested virtualisation on, or set accelerator: "tcg", which is slow';
  return [guestErrors.noKvm(`${reason}. ${remedy}`)];
}

/**
 * RHEL's QEMU has no user-mode network. And without a packet filter, the guest would reach services on the host's
 * loopback.
 */
function userNetworkProblem(want: GuestWant, machine: Machine): Problem[] {
  if (!want.nics.some(({ user }) => user !== undefined)) return [];
  if (machine.libexecQemu && !machine.tools.includes(qemuOf(machine)) && !machine.userNetwork) {
    const what = `${machine.libexecQemu} does not have the user-mode network (${machine.distribution} leaves it out)`;
    return [guestErrors.noUserNetwork(`${what}. Use a tap on a Bridge, with IpForwarding and a Masquerade`)];
  }
  if (!needsClosedLoopback(want) || ["nft", "iptables"].some((tool) => machine.tools.includes(tool))) return [];
  return [
    lacks(
      ["nft or iptables, which separate the guest's user-mode network from the host's loopback"],
      `Install ${packageFor("nft", machine)}, or set hostLoopback: true on the NIC's user`,
    ),
  ];
}

/**
 * Indexes of NICs whose tap QEMU does not hold. The tap was deleted. Even if it exists again, QEMU still has the dead
 * one.
 */
export function unplugged(want: GuestWant, guest: GuestState): number[] {
  return want.nics.flatMap(({ tap }, i) => (tap !== undefined && !guest.taps.includes(tap) ? [i] : []));
}
