import type { Connection } from "./connection";
import { operations } from "./operations";
import { prepared } from "./spare-shell";
import { display, type GivenKey, type Route } from "./ssh-route";
import { startAsRoot } from "./sudo";
import { traced } from "./trace";
import type { Transport } from "./transport";

/** A way to a host that is open. */
export interface Link {
  transport: Transport;
  /** None to this machine. */
  connection?: Connection;
}

/**
 * Opens the way to a host, once. What speaks SSH is loaded only here: a preview reaches no host.
 * @param over opens the way to a jump host, or has it open
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

/** Three times what an Ed25519 key takes. */
const keyBytes = 1024;

async function keyOnJump({ transport }: Link, path: string): Promise<GivenKey[]> {
  const key = await transport.read(path, { maxBytes: keyBytes });
  return key ? [{ label: `${path} on the jump host`, text: key, fromHost: true }] : [];
}
