import pRetry, { type Options } from "p-retry";
import { HostUnreachable } from "../core/errors";
import { closeTransports, forget, type Host, hostAt, hostFor } from "./host-cache";
import { type Link, link } from "./open-link";
import type { Route } from "./ssh-route";
import type { Endpoint, Transport } from "./transport";

export { closeTransports };

let watching = false;

const fewTries = { retries: 3, maxRetryTime: 12_000 };

/**
 * The transport to a host: one connection for each host and process, made again when it was cut. It does not keep
 * the process from ending.
 * @throws HostUnreachable at once, if it was not reached before; else after a few tries, within about 20 s
 */
export async function transportFor(endpoint: Endpoint): Promise<Transport> {
  const host = hostFor(endpoint);
  const { transport } = await linked(host);
  return shared(host, transport.hostKey);
}

/**
 * Gives up the connection and what is known of the host, and logs in again: to prove that it can be done, or because
 * the host is only now coming up. Tries until the time is over, unless the host's key or the login is refused.
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

/** Only what may pass is tried again: a refused login twice in a row is how one gets locked out. */
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

/** The jump host has been tried as often as is sensible: what lies behind it does not try it again. */
async function overJump(route: Route): Promise<Link> {
  try {
    return await linked(hostAt(route));
  } catch (error) {
    if (!(error instanceof HostUnreachable)) throw error;
    throw new HostUnreachable(error.message, { cause: error });
  }
}

/** What callers hold: it outlives a cut connection. What was not sent at all is sent again, once. */
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

/** The process does not end before the operation has. */
async function busy<T>({ connection, transport }: Link, operation: (transport: Transport) => Promise<T>): Promise<T> {
  const release = connection?.hold();
  try {
    return await operation(transport);
  } finally {
    release?.();
  }
}

/** Ends the logins when the engine ends the run, then lets the signal do what it does. */
function closeAtSignals(): void {
  if (watching) return;
  watching = true;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      closeTransports();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}
