import type { Connection } from "./connection";
import type { Session } from "./session";
import type { StartAsRoot } from "./sudo";

/**
 * Has the next root's shell ready while the current one works: opening a channel, starting a login shell and asking
 * sudo take three round trips and what the user's profile takes; a script on a shell that waits takes one. It gives
 * way when channels are short.
 */
export function prepared(startAsRoot: StartAsRoot, connection: Connection): StartAsRoot {
  let spare: Promise<Session> | undefined;
  const drop = () => {
    spare?.then((session) => session.stdin.end()).catch(() => undefined);
    spare = undefined;
  };
  const prepare = () => {
    if (!connection.hasRoom()) return;
    const next = startAsRoot();
    spare = next;
    const over = () => {
      if (spare === next) spare = undefined;
    };
    // It may end before it is used: with the connection, or by an administrator's hand.
    next.then((session) => session.outcome).then(over, over);
  };
  connection.onFull(drop);
  return async () => {
    const session = spare ?? startAsRoot();
    spare = undefined;
    prepare();
    return session;
  };
}
