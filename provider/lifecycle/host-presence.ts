import { HostUnreachable } from "../core/errors";
import type { Carrier, HostRef } from "../core/host-ref";
import type { Kind, Wanted } from "../core/kind";
import { ownerPath } from "../host-state/owner-record";
import type { Records } from "../host-state/records.fact";
import { guests } from "../kinds/guest/guest-state.fact";
import { disks } from "../kinds/image/disk-files.fact";
import type { Seen } from "../reconcile/host-view";
import { viewAt } from "../reconcile/host-views";
import { machineErrors } from "./errors";

/**
 * Whether the host exists. "stopped": a guest that exists and does not run; the objects inside it exist too and cannot be
 * seen. A host that does not answer has none of these states: the next look at it throws.
 */
export type Presence = "there" | "stopped" | "gone";

/** Asks the hypervisor of a guest first: without the guest or its disk, nothing inside it exists. */
export async function hostPresence(host: HostRef): Promise<Presence> {
  if (isForgotten(host)) return "gone";
  if (!host.carrier) return "there";
  const above = await hostPresence(host.carrier.host);
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
 * PULUMI_KVM_FORGET="tower,attic" declares these machines and all objects on them lost. There is no other way, because
 * the provider concludes nothing from a host that does not answer.
 */
function isForgotten({ name }: HostRef): boolean {
  return (process.env.PULUMI_KVM_FORGET ?? "").split(",").includes(name);
}

/**
 * Checks that this is the machine that the stack was made on: by the machine id in the state, and by our record on the
 * host, which comes with the first object.
 * @throws when another machine answers
 */
export function verifyMachineIdentity(
  kind: Kind,
  want: Wanted,
  known: Record<string, unknown> | undefined,
  seen: Seen,
): void {
  const { machineId, records } = seen as unknown as { machineId: string; records: Records };
  const expected = want.host.machineId ?? (typeof known?.machineId === "string" ? known.machineId : "");
  if (!machineId.startsWith(expected))
    throw stranger(want, `its machine id is ${machineId || "missing"}, expected ${expected}`);
  const wasRecorded = known !== undefined && !kind.noManifest;
  if (wasRecorded && !(ownerPath(want.host) in records))
    throw stranger(want, `it does not have a record of this stack (${ownerPath(want.host)})`);
}

function stranger({ host }: Wanted, how: string): HostUnreachable {
  return new HostUnreachable(
    machineErrors.otherMachine(
      `another machine answers than the one that this stack was built on: ${how}. The machine was reinstalled, or another one has its address. If the old machine is lost, PULUMI_KVM_FORGET=${host.name} pulumi refresh removes everything on it from the state`,
    ),
  );
}
