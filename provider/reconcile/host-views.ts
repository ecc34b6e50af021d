import type { HostRef } from "../core/kind";
import { guestKeyPath } from "../host-state/paths";
import { transportAnew, transportFor } from "../transport/pool";
import type { Endpoint } from "../transport/transport";
import { type HostView, viewOf } from "./host-view";

/** One view for each host and process, whatever address the several states have for it. */
const views = new Map<string, HostView>();
const latest = new Map<string, HostRef>();
const pins = new Map<string, string>();

/** The host as an old state knows it, unless this run has already learnt better. */
export function viewAt(host: HostRef): HostView {
  const found = views.get(host.uid);
  if (found) return found;
  const endpoint = () => endpointOf(latest.get(host.uid) ?? host);
  const view = viewOf(
    host,
    () => transportFor(endpoint()),
    (withinSeconds) => transportAnew(endpoint(), { withinSeconds }),
  );
  views.set(host.uid, view);
  return view;
}

/** The host as the program gives it now: from here on this is where it is, also for what an old state deletes. */
export function latestView(host: HostRef): HostView {
  latest.set(host.uid, host);
  return viewAt(host);
}

/** The key that a Host showed when it was made: no other is accepted from then on, whatever known_hosts says. */
export function pin(host: HostRef, hostKey: string): void {
  pins.set(host.uid, hostKey);
}

/** A new run begins: nothing is known of any host. Each run of Pulumi has a process of its own; tests have not. */
export function forgetHosts(): void {
  for (const known of [views, latest, pins]) known.clear();
}

/** A guest is reached through its hypervisor, which keeps a key for it: no credential is in the state. */
function endpointOf(host: HostRef): Endpoint {
  const { uid, machineId: _id, stack: _stack, jump, carrier, ...given } = host;
  const hostKey = given.hostKey ?? pins.get(uid);
  const endpoint = { ...given, ...(hostKey !== undefined && { hostKey }) };
  if (carrier) {
    const carriedBy = latest.get(carrier.host.uid) ?? carrier.host;
    // A name of its own: an old lab's block in ~/.ssh/config may be called like the guest.
    const name = `${host.name}@${carriedBy.name}`;
    return { ...endpoint, name, jump: endpointOf(carriedBy), identityOnJump: guestKeyPath(carriedBy.uid) };
  }
  return { ...endpoint, ...(jump && { jump: endpointOf(jump) }) };
}
