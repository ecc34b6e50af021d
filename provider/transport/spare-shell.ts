import type { Connection } from "./connection";
import type { Session } from "./session";
import type { StartAsRoot } from "./sudo";

/**
 * Starts the next root shell while the current one works. A new channel, a login shell and sudo take three round trips,
 * plus the time of the user's profile. A script on a waiting shell takes one round trip. The spare shell ends when a
 * command has to wait for a channel.
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
    // The spare shell may end before its use: with the connection, or because an administrator ends it.
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
