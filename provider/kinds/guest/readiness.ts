import { firstTap, type GuestWant } from "./guest-args";
import type { GuestState } from "./guest-state.fact";
import type { Readiness, ReadinessQuestion } from "./readiness.fact";

/** What to observe to know whether a guest is ready. Undefined when the run does not wait. */
export function readinessQuestion(want: GuestWant): ReadinessQuestion | undefined {
  const { ssh, cloudInit, tcpPort } = want.waitFor ?? {};
  if (!want.running || !(ssh || cloudInit || tcpPort !== undefined)) return undefined;
  const port = tcpPort ?? 22;
  const at = ssh || tcpPort !== undefined ? whereIs(want, port) : undefined;
  return { name: want.name, port, ...(at && { at }), ...(at && cloudInit && { afterCloudInit: true }) };
}

/** The conditions that are not met yet, with the end of the console. Undefined when the guest is ready. */
export function notReady(want: GuestWant, ready: Readiness, guest: GuestState): string | undefined {
  const { ssh, cloudInit, tcpPort } = want.waitFor ?? {};
  const booting = cloudInit && !ready.cloudInit;
  const missing = [
    booting && "cloud-init has not reported its end",
    !booting && tcpPort !== undefined && !ready.open && `TCP port ${tcpPort} does not answer`,
    !booting && ssh && tcpPort === undefined && !isSsh(ready) && "its SSH server does not answer",
    // `ready` and `guests` are separate facts. `guests` may lack keys that the console got in between, and still have
    // the keys of the previous disk. The next look has the new keys.
    ready.hostKeys.some((key) => !guest.hostKeys.includes(key)) && "its SSH host keys have not been read",
  ].filter((text) => text !== false && text !== undefined);
  if (missing.length === 0) return undefined;
  const failures = ready.failures.length > 0 ? ` cloud-init reports: ${ready.failures.join(" | ")}.` : "";
  const hint = cloudInit && !/cloud-init/i.test(ready.console.join()) ? " Check that the image has cloud-init." : "";
  return `${missing.join("; ")}.${failures}${hint} The end of its console:\n${ready.console.map((line) => `  ${line}`).join("\n")}`;
}

function isSsh({ greeting }: Readiness): boolean {
  return greeting.startsWith("SSH-");
}

/** How to reach the guest's port: over its first tap, or else over a forwarded port of the hypervisor. */
function whereIs(want: GuestWant, port: number): ReadinessQuestion["at"] {
  const tap = firstTap(want);
  if (tap) return tap;
  const forwards = want.nics.flatMap((nic) => nic.user?.hostForwards ?? []);
  const forward = forwards.find(({ guestPort, protocol }) => guestPort === port && protocol !== "udp");
  return forward && { address: forward.hostAddress ?? "127.0.0.1", port: forward.hostPort };
}
