import type { HostRef } from "../core/host-ref";
import { guestKeyPath } from "../host-state/paths";
import { transportAnew, transportFor } from "../transport/pool";
import type { Endpoint } from "../transport/transport";
import { type HostView, viewOf } from "./host-view";

/** One view for each host in a process, even if the states of its resources have different addresses for it. */
const views = new Map<string, HostView>();
const latest = new Map<string, HostRef>();
const pins = new Map<string, string>();

/** The view of a host by an old state, unless this run has a newer one. */
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

/** The view of a host by the program. From now on it replaces the address in old states, also for deletions. */
export function latestView(host: HostRef): HostView {
  latest.set(host.uid, host);
  return viewAt(host);
}

/** Pins the host key that a Host showed when it was created. No other key is accepted, whatever known_hosts says. */
export function pin(host: HostRef, hostKey: string): void {
  pins.set(host.uid, hostKey);
}

/** Forgets all views, as a new run does. Each run of Pulumi is a process; tests share one. */
export function forgetHosts(): void {
  for (const known of [views, latest, pins]) known.clear();
}

/** A guest is reached through its hypervisor, which has the key for it. The state has no credentials. */
function endpointOf(host: HostRef): Endpoint {
  const { uid, machineId: _id, stack: _stack, jump, carrier, ...given } = host;
  const hostKey = given.hostKey ?? pins.get(uid);
  const endpoint = { ...given, ...(hostKey !== undefined && { hostKey }) };
  if (carrier) {
    const carriedBy = latest.get(carrier.host.uid) ?? carrier.host;
    // An unusual name, because ~/.ssh/config may have a block with the guest's name, of another lab.
    const name = `${host.name}@${carriedBy.name}`;
    return { ...endpoint, name, jump: endpointOf(carriedBy), identityOnJump: guestKeyPath(carriedBy.uid) };
  }
  return { ...endpoint, ...(jump && { jump: endpointOf(jump) }) };
}
