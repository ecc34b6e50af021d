import type { Connection } from "./connection";
import { operations } from "./operations";
import { prepared } from "./spare-shell";
import { display, type GivenKey, type Route } from "./ssh-route";
import { startAsRoot } from "./sudo";
import { traced } from "./trace";
import type { Transport } from "./transport";

/** An open link to a host. */
export interface Link {
  transport: Transport;
  /** Absent for this machine. */
  connection?: Connection;
}

/**
 * Opens the link to a host, in one try. It loads the SSH modules only here, because a preview reaches no host.
 * @param over opens the link to a jump host, or gives the open one
 */
export async function link(route: Route, over: (jump: Route) => Promise<Link>): Promise<Link> {
  if (route.address === "local") {
    const { localMachine } = await import("./local.js");
    return { transport: operations(localMachine(route)) };
  }
  const jump = route.jump && (await over(route.jump));
  const found = jump && route.identityOnJump ? await keyOnJump(jump, route.identityOnJump) : [];
  const { connect } = await import("./ssh.js");
  const login = () => connect(route, jump?.connection, found);
  const connection = await traced(route.name, `login as ${display(route)}`, 0, login);
  const transport = operations({
    name: route.name,
    hostKey: connection.hostKey,
    startAsRoot: prepared(startAsRoot(connection.start, route), connection),
    openSocket: connection.openSocket,
    close: connection.close,
  });
  return { transport, connection };
}

/** More than twice the size of an Ed25519 key file. */
const keyBytes = 1024;

async function keyOnJump({ transport }: Link, path: string): Promise<GivenKey[]> {
  const key = await transport.read(path, { maxBytes: keyBytes });
  return key ? [{ label: `${path} on the jump host`, text: key, fromHost: true }] : [];
}
