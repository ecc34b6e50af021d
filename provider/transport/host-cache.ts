import type { HostUnreachable } from "../core/errors";
import { resolve } from "./endpoint";
import { isPinned } from "./host-key";
import type { Link } from "./open-link";
import type { Route } from "./ssh-route";
import type { Endpoint } from "./transport";

/** A host as this process knows it. */
export interface Host {
  route: Route;
  /** The link that is open or opening. */
  link?: Promise<Link>;
  /** The key that the host showed at the last connection. */
  shown?: string;
  /** Why the host is unreachable. Later calls fail at once with this error, until {@link forget} removes it. */
  dead?: HostUnreachable;
}

/** Hosts by place. A place has several hosts only when different keys are pinned for it. */
const hosts = new Map<string, Host[]>();
const routes = new Map<string, Route>();

/** The host of an endpoint. Repeated calls give the same object. */
export function hostFor(endpoint: Endpoint): Host {
  return hostAt(routeOf(endpoint));
}

/** Cached, because files and environment do not change during a run. */
function routeOf(endpoint: Endpoint): Route {
  const key = JSON.stringify(endpoint);
  const route = routes.get(key) ?? resolve(endpoint);
  routes.set(key, route);
  return route;
}

/** A login may put the host key into the state, as a pin. A pin of the key that a host showed means the same host. */
export function hostAt(route: Route): Host {
  const key = JSON.stringify(place(route));
  const there = hosts.get(key) ?? [];
  hosts.set(key, there);
  const found = there.find((host) => suits(host, route.hostKey));
  if (found) return found;
  const host = { route };
  there.push(host);
  return host;
}

function suits({ route, shown }: Host, pin: string | undefined): boolean {
  return pin === route.hostKey || (pin !== undefined && shown !== undefined && isPinned(pin, shown));
}

function place(route: Route): unknown {
  const { name, address, port, user, sudo, identityOnJump, proxyCommand, jump } = route;
  return [name, address, port, user, sudo, identityOnJump, proxyCommand, jump && place(jump)];
}

/** Closes the connection, and forgets that the host was unreachable. */
export function forget(host: Host): void {
  host.link?.then(
    ({ transport }) => transport.close(),
    () => undefined,
  );
  host.link = undefined;
  host.dead = undefined;
}

/** Closes all connections, and forgets all hosts and routes. */
export function closeTransports(): void {
  for (const host of [...hosts.values()].flat()) forget(host);
  hosts.clear();
  routes.clear();
}
