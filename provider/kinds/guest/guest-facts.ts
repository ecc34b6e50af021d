import type { Observed } from "../../core/fact";
import { bridgeNetfilter } from "../firewall/bridge-netfilter.fact";
import { packetFilter } from "../firewall/packet-filter.fact";
import { machine } from "../host/machine.fact";
import { disks } from "../image/disk-files.fact";
import { images } from "../image/image-store.fact";
import { links } from "../link/links.fact";
import { publicKeys } from "./authorized-keys.fact";
import type { GuestWant } from "./guest-args";
import { guests } from "./guest-state.fact";
import { qemuVersion } from "./qemu-version.fact";
import { readinessQuestion } from "./readiness";
import { readiness } from "./readiness.fact";

/** The facts for a guest's plan. Readiness is among them only when the run waits for it. */
export function guestFacts(want: GuestWant) {
  const question = readinessQuestion(want);
  const frames = { bridgeNetfilter, packetFilter };
  const lasting = { guests, disks, images, links, machine, qemuVersion, keys: publicKeys(want.host.uid), ...frames };
  return question ? { ...lasting, ready: readiness(question) } : { ...lasting };
}

type Lasting = Exclude<ReturnType<typeof guestFacts>, { ready: unknown }>;

export type GuestFacts = Observed<Lasting> & { ready?: Observed<{ ready: ReturnType<typeof readiness> }>["ready"] };
