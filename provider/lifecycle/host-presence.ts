import { HostUnreachable } from "../core/errors";
import type { Carrier, HostRef, Kind, Wanted } from "../core/kind";
import { ownerPath } from "../host-state/owner-record";
import type { Records } from "../host-state/records.fact";
import { guests } from "../kinds/guest/guest-state.fact";
import { disks } from "../kinds/image/disk-files.fact";
import type { Seen } from "../reconcile/host-view";
import { viewAt } from "../reconcile/host-views";

/**
 * Whether there is a host to ask at all. "stopped": a guest that is there but does not run, so what is inside it is
 * neither gone nor to be seen. That a host does not answer is none of the three: it throws when it is asked.
 */
export type Presence = "there" | "stopped" | "gone";

/** A guest's hypervisor is asked first: with the guest or its disk goes what is configured inside. */
export async function presence(host: HostRef): Promise<Presence> {
  if (isForgotten(host)) return "gone";
  if (!host.carrier) return "there";
  const above = await presence(host.carrier.host);
  return above === "there" ? guestPresence(host.carrier) : above;
}

async function guestPresence({ host, guest: name, disk }: Carrier): Promise<Presence> {
  const seen = await viewAt(host).observe({ guests, disks });
  const guest = seen.guests[name];
  if (!(disk in seen.disks)) return "gone";
  if (guest?.active !== "active") return "stopped";
  return guest.disks.includes(disk) ? "there" : "gone";
}

/**
 * PULUMI_KVM_FORGET="tower,attic": these machines are lost for good, and what was on them is gone. The one way to say
 * so, because nothing is concluded from silence.
 */
function isForgotten({ name }: HostRef): boolean {
  return (process.env.PULUMI_KVM_FORGET ?? "").split(",").includes(name);
}

/**
 * Whether this is the machine that the stack was built on: it has the machine id that the Host and all that came after it
 * know, and our record, which came with the first object. Before an object is made, there is none to miss.
 * @throws when what answers is another one
 */
export function recognise(kind: Kind, want: Wanted, known: Record<string, unknown> | undefined, seen: Seen): void {
  const { machineId, records } = seen as unknown as { machineId: string; records: Records };
  const expected = want.host.machineId ?? (typeof known?.machineId === "string" ? known.machineId : "");
  if (!machineId.startsWith(expected))
    throw stranger(want, `its machine id is ${machineId || "not there"} where it was ${expected}`);
  const wasRecorded = known !== undefined && !kind.unrecorded;
  if (wasRecorded && !(ownerPath(want.host) in records))
    throw stranger(want, `it has no record of this stack (${ownerPath(want.host)})`);
}

function stranger({ host }: Wanted, how: string): HostUnreachable {
  return new HostUnreachable(
    `what answers is not the machine that this stack was built on: ${how}. It was reinstalled, or another one has its address. If the old one is lost for good, PULUMI_KVM_FORGET=${host.name} pulumi refresh takes all that was on it out of the state`,
  );
}
