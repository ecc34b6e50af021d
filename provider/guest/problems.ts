import type { Disks } from "../facts/disks";
import type { GuestState } from "../facts/guests";
import { type Images, imageProblem } from "../facts/images";
import { type Machine, missingTools } from "../facts/machine";
import { inTheWay } from "../firewall/in-the-way";
import type { GuestWant } from "./arguments";
import type { GuestFacts } from "./facts";

/** Why a guest cannot be run on this host, each with what to do; empty when it can. */
export function problems(want: GuestWant, seen: GuestFacts): string[] {
  const { machine, links, disks, images } = seen;
  const missing = missingTools(machine, [`qemu-system-${machine.architecture}`]);
  const taps = want.nics.flatMap(({ tap }) => (tap === undefined ? [] : [tap]));
  return [
    ...(missing.length > 0 ? [`the host lacks ${missing.join(", ")}. Install it`] : []),
    ...(taps.length > 0 && !machine.tun ? ["the host has no /dev/net/tun. Load the module: modprobe tun"] : []),
    ...kvmProblem(want, machine),
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

/** NICs whose QEMU holds no tap: it was deleted and perhaps made anew, but QEMU has a dead one. */
export function unplugged(want: GuestWant, guest: GuestState): number[] {
  return want.nics.flatMap(({ tap }, i) => (tap !== undefined && !guest.taps.includes(tap) ? [i] : []));
}
