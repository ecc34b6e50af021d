import { setTimeout as sleep } from "node:timers/promises";
import { CommandFailed, HostUnreachable } from "../core/errors";
import type { Change } from "../core/kind";
import { newNonce } from "../core/nonce";
import { lines, type Sh, sh, text } from "../core/shell";
import { lock } from "../host-state/lock";
import type { Transport } from "../transport/transport";
import { changeErrors } from "./errors";

/**
 * The client's part of a change of the host's own network. It begins the change, logs in again, and confirms. The host
 * is reachable in the end, even if this client dies. The client only learns the result.
 */
export interface Logins {
  reach: () => Promise<Transport>;
  reachAnew: (withinSeconds: number) => Promise<Transport>;
}

/** The report of the host: the state on the first line, then the reason or the log. */
interface Answer {
  state: string;
  said: string;
}

/**
 * Seconds that the rollback may take, and seconds that an applied change may wait (for example for a silent gateway).
 */
const [undoSeconds, patienceSeconds] = [60, 15];

/** @throws CommandFailed when the change did not begin, or was rolled back; the old configuration is then in place */
export async function runNetworkChange(change: Change, { reach, reachAnew }: Logins): Promise<void> {
  const id = newNonce();
  const { hostKey, lost } = await begin(change, id, await reach());
  const answer = await follow(change, id, hostKey, reachAnew);
  if (answer.state === "confirmed") return;
  // The change may be confirmed already, when only that answer was lost. The caller observes the host again.
  if (answer.state === "none") {
    if (lost) throw lost;
    return;
  }
  throw new CommandFailed(
    changeErrors.rolledBack(
      `the host rolled ${change.purpose} back and has its old configuration. Its log:\n${answer.said}`,
    ),
  );
}

/** The connection may break while the change begins. A new connection then shows the state of the change. */
async function begin({ stage }: Change, id: string, transport: Transport) {
  const script = lines(lock(), sh`( set -eu; change_id=${id}\n${stage}\n) 9>&-`);
  const { hostKey } = transport;
  try {
    const { code, stderr, cut } = await transport.run(`${text(script)}\n`, { timeoutSeconds: 300 });
    if (code === 0) return { hostKey };
    if (cut)
      throw new HostUnreachable(
        changeErrors.tooSlow("the host did not prepare the network change in 300 s. Nothing was changed"),
      );
    const said = stderr.trim().slice(-2000);
    throw new CommandFailed(
      changeErrors.notBegun(`the network change did not begin, and nothing was changed: ${said}`),
    );
  } catch (error) {
    if (!(error instanceof HostUnreachable) || error.retryable) throw error;
    return { hostKey, lost: error };
  }
}

/**
 * Asks until the change is confirmed or rolled back. Each question needs its own login, because an old connection may
 * stay open although new logins fail.
 */
async function follow(change: Change, id: string, hostKey: string, reachAnew: Logins["reachAnew"]): Promise<Answer> {
  const end = performance.now() + (change.withinSeconds + undoSeconds) * 1000;
  const left = () => Math.max(1, (end - performance.now()) / 1000);
  let waitingSince: number | undefined;
  for (;;) {
    const answer = await ask(change.confirm, id, hostKey, () => reachAnew(left()));
    if (answer && ["confirmed", "undone", "none"].includes(answer.state)) return answer;
    if (answer?.state === "waiting") {
      waitingSince ??= performance.now();
      if (performance.now() - waitingSince > patienceSeconds * 1000)
        return undone(answer, await undo(change, id, hostKey, reachAnew, left));
    }
    if (left() <= 1) throw new HostUnreachable(changeErrors.silent(silence(change)));
    await sleep(300);
  }
}

function undone({ said: reason }: Answer, last: Answer): Answer {
  return { ...last, said: `${reason}\n${last.said}` };
}

async function undo(change: Change, id: string, hostKey: string, reachAnew: Logins["reachAnew"], left: () => number) {
  await ask(change.undo, id, hostKey, () => reachAnew(left()));
  return follow({ ...change, withinSeconds: 0 }, id, hostKey, reachAnew);
}

/** @returns undefined when the connection broke, or the answer was cut */
async function ask(
  script: Sh,
  id: string,
  hostKey: string,
  login: () => Promise<Transport>,
): Promise<Answer | undefined> {
  const transport = await login();
  if (transport.hostKey !== hostKey)
    throw new HostUnreachable(
      changeErrors.otherHostKey(
        "the address of the host shows another host key than before. The host rolls the change back by itself",
      ),
    );
  const all = text(lines(sh`change_id=${id}`, script));
  try {
    const { stdout, cut } = await transport.run(`${all}\n`, { timeoutSeconds: 40 });
    if (cut) return undefined;
    const [state = "", ...said] = stdout.trim().split("\n");
    return { state, said: said.join("\n") };
  } catch (error) {
    if (error instanceof HostUnreachable) return undefined;
    throw error;
  }
}

function silence({ withinSeconds }: Change): string {
  return `the host does not answer after a change of its network, although it should have rolled the change back after ${withinSeconds} s. Open its console: /var/lib/pulumi-kvm/change has the scripts and the log`;
}
