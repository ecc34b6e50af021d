import type { HostUnreachable } from "../core/errors";
import { resolve } from "./endpoint";
import { isPinned } from "./host-key";
import type { Link } from "./open-link";
import type { Route } from "./ssh-route";
import type { Endpoint } from "./transport";

/** A host as this process knows it. */
export interface Host {
  route: Route;
  /** The way that is open, or that is being opened. */
  link?: Promise<Link>;
  /** The key that it showed when it was reached last. */
  shown?: string;
  /** Why it could not be reached: it stays so for the rest of the process, and nobody waits for it again. */
  dead?: HostUnreachable;
}

/** By where they are: several only where different keys are pinned for one. */
const hosts = new Map<string, Host[]>();
const routes = new Map<string, Route>();

/** The one host that an endpoint means, however often it is asked for. */
export function hostFor(endpoint: Endpoint): Host {
  return hostAt(routeOf(endpoint));
}

/** Files and environment do not change under a run. */
function routeOf(endpoint: Endpoint): Route {
  const key = JSON.stringify(endpoint);
  const route = routes.get(key) ?? resolve(endpoint);
  routes.set(key, route);
  return route;
}

/** A key that is pinned only after the login, by the state that the login brought about, is no reason for another. */
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

/** Ends the connection, and forgets that there was none. */
export function forget(host: Host): void {
  host.link?.then(
    ({ transport }) => transport.close(),
    () => undefined,
  );
  host.link = undefined;
  host.dead = undefined;
}

/** Ends all connections, and forgets which hosts were not reached, and how they are. */
export function closeTransports(): void {
  for (const host of [...hosts.values()].flat()) forget(host);
  hosts.clear();
  routes.clear();
}
