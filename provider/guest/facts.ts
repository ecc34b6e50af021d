import { bridgeNetfilter } from "../facts/bridge-netfilter";
import { disks } from "../facts/disks";
import type { Observed } from "../facts/fact";
import { guests } from "../facts/guests";
import { images } from "../facts/images";
import { publicKeys } from "../facts/keys";
import { links } from "../facts/links";
import { machine } from "../facts/machine";
import { packetFilter } from "../facts/packet-filter";
import { readiness } from "../facts/ready";
import type { GuestWant } from "./arguments";
import { readinessQuestion } from "./readiness";

/** What a guest's plan looks at; how far it has come only when that is waited for. */
export function guestFacts(want: GuestWant) {
  const question = readinessQuestion(want);
  const frames = { bridgeNetfilter, packetFilter };
  const lasting = { guests, disks, images, links, machine, keys: publicKeys(want.host.uid), ...frames };
  return question ? { ...lasting, ready: readiness(question) } : { ...lasting };
}

type Lasting = Exclude<ReturnType<typeof guestFacts>, { ready: unknown }>;

export type GuestFacts = Observed<Lasting> & { ready?: Observed<{ ready: ReturnType<typeof readiness> }>["ready"] };
