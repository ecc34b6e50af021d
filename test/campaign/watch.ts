import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Hypervisor } from "../lab/hypervisor";

/** Asks the sshd of a host for its greeting, again and again. */
export interface Watch {
  /** The longest time in seconds in which the host was unreachable. @throws when the host stays unreachable */
  end(): Promise<number>;
}

/** @param lostAfterSeconds when an unreachable host counts as lost */
export function watchOver({ address, port }: { address: string; port: number }, lostAfterSeconds: number): Watch {
  let [last, longest, ended] = [performance.now(), 0, false];
  const watching = (async () => {
    for (;;) {
      const answered = await greets(address, port);
      const away = (performance.now() - last) / 1000;
      longest = Math.max(longest, away);
      if (answered) last = performance.now();
      if (answered && ended) return longest;
      if (away > lostAfterSeconds) throw new Error("the host is lost");
      await sleep(250);
    }
  })();
  watching.catch(() => undefined);
  return {
    end: () => {
      ended = true;
      return watching;
    },
  };
}

/** sshd 9.8 and later blocks an address that asks for greetings and never logs in. */
export async function allowWatching(tower: Hypervisor): Promise<void> {
  await tower.exec(`if sshd -T | grep -qi '^persourcepenalties '; then
    echo 'PerSourcePenalties no' >/etc/ssh/sshd_config.d/campaign.conf
    systemctl reload ssh
  fi`);
}

async function greets(host: string, port: number): Promise<boolean> {
  const socket = createConnection({ host, port, timeout: 1000 });
  const greeted = await new Promise<boolean>((resolve) => {
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => resolve(false));
    socket.once("data", () => resolve(true));
  });
  socket.destroy();
  return greeted;
}
