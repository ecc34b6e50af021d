import pRetry, { type Options } from "p-retry";
import { HostUnreachable, problemOf } from "../core/errors";
import { endAllGroups } from "./group";
import { closeTransports, forget, type Host, hostAt, hostFor } from "./host-cache";
import { type Link, link } from "./open-link";
import type { Route } from "./ssh-route";
import type { Endpoint, Transport } from "./transport";

export { closeTransports };

let watching = false;

const fewTries = { retries: 3, maxRetryTime: 12_000 };

/**
 * The transport to a host: one connection for each host and process. It connects again when the connection was cut. It
 * does not keep the process alive.
 * @throws HostUnreachable at once if the host was unreachable before; else after a few tries, within about 20 s
 */
export async function transportFor(endpoint: Endpoint): Promise<Transport> {
  const host = hostFor(endpoint);
  const { transport } = await linked(host);
  return shared(host, transport.hostKey);
}

/**
 * Drops the connection and the cached failure of the host, and logs in again. This proves that a login works, or waits
 * for a host that is booting. Tries until the time is over, unless the host's key or the login is refused.
 */
export async function transportAnew(
  endpoint: Endpoint,
  { withinSeconds }: { withinSeconds: number },
): Promise<Transport> {
  const host = hostFor(endpoint);
  forget(host);
  const { transport } = await open(host, {
    retries: Number.POSITIVE_INFINITY,
    maxRetryTime: withinSeconds * 1000,
    maxTimeout: 3000,
  });
  return shared(host, transport.hostKey);
}

async function linked(host: Host): Promise<Link> {
  if (host.dead) throw host.dead;
  const current = host.link;
  const found = await current;
  if (found && (await found.connection?.answers()) !== false) return found;
  // Another caller may have begun to connect meanwhile.
  if (host.link !== current) return linked(host);
  return open(host, fewTries);
}

/** Retries only failures that may pass. A second refused login could lock the user out. */
function open(host: Host, tries: Options): Promise<Link> {
  closeAtSignals();
  const opening = pRetry(() => link(host.route, overJump), {
    ...tries,
    minTimeout: 200,
    factor: 2,
    randomize: true,
    shouldRetry: ({ error }) => error instanceof HostUnreachable && error.retryable,
  });
  host.link = opening;
  opening.then(
    ({ transport }) => {
      host.shown = transport.hostKey;
    },
    (error: unknown) => {
      if (host.link !== opening) return;
      host.link = undefined;
      if (error instanceof HostUnreachable) host.dead = error;
    },
  );
  return opening;
}

/** The jump host has had its own retries, so a host behind it does not try the jump host again. */
async function overJump(route: Route): Promise<Link> {
  try {
    return await linked(hostAt(route));
  } catch (error) {
    if (!(error instanceof HostUnreachable)) throw error;
    throw new HostUnreachable(problemOf(error), { cause: error });
  }
}

/**
 * The transport that callers hold. It outlives a cut connection. It repeats an operation once if nothing of it was
 * sent.
 */
function shared(host: Host, hostKey: string): Transport {
  const use = async <T>(operation: (transport: Transport) => Promise<T>): Promise<T> => {
    const first = await linked(host);
    try {
      return await busy(first, operation);
    } catch (error) {
      const isCut = error instanceof HostUnreachable && error.retryable && first.connection?.alive() === false;
      if (!isCut) throw error;
      return busy(await linked(host), operation);
    }
  };
  return {
    hostKey,
    run: (script, options) => use((transport) => transport.run(script, options)),
    put: (source, path, options) => use((transport) => transport.put(source, path, options)),
    read: (path, options) => use((transport) => transport.read(path, options)),
    openSocket: (path, options) => use((transport) => transport.openSocket(path, options)),
    close: () => forget(host),
  };
}

/** Keeps the process alive until the operation ends. */
async function busy<T>({ connection, transport }: Link, operation: (transport: Transport) => Promise<T>): Promise<T> {
  const release = connection?.hold();
  try {
    return await operation(transport);
  } finally {
    release?.();
  }
}

/** Closes the connections when the engine ends the run. Then the signal has its usual effect. */
function closeAtSignals(): void {
  if (watching) return;
  watching = true;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      closeTransports();
      // A signal ends this process without the event "exit".
      endAllGroups();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}
