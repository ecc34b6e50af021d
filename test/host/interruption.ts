import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { stable } from "../lab/debian";
import type { Hypervisor } from "../lab/hypervisor";
import type { Lab } from "../lab/lab";
import { hypervisorRoot } from "../lab/root";

/** How long a host did not answer, for each kind of client: the longest gap in seconds. */
export interface Interruption {
  ping: number;
  ping6?: number;
  /** The gap of an SSH session that was open all the time. Undefined when the session was lost. */
  session: number | undefined;
}

const everySeconds = 0.05;

export async function interruptionOf(lab: Lab, tower: Hypervisor, work: () => Promise<unknown>): Promise<Interruption> {
  const watched = await Promise.all([
    pinging(tower.address),
    ...(tower.address6 ? [pinging(tower.address6)] : []),
    session(lab, tower),
  ]);
  await sleep(1000);
  try {
    await work();
    await sleep(1000);
  } finally {
    for (const { stop } of watched) stop();
  }
  const [ping = 0, ...rest] = watched.map(({ gap }) => gap());
  const open = rest.at(-1);
  return { ping: ping ?? 0, ...(tower.address6 && { ping6: rest[0] ?? 0 }), session: open };
}

export function shown({ ping, ping6, session }: Interruption): string {
  const seconds = (gap: number) => `${gap.toFixed(2)} s`;
  const of6 = ping6 === undefined ? [] : [`ping6 ${seconds(ping6)}`];
  const kept = session === undefined ? "session lost" : `session ${seconds(session)}`;
  return [`ping ${seconds(ping)}`, ...of6, kept].join(", ");
}

// This machine may have no ping. The hypervisors have one.
async function pinging(address: string) {
  const root = await hypervisorRoot(stable, "ifupdown", () => {});
  return watch("chroot", [root, "ping", "-n", "-O", "-W", "1", "-i", `${everySeconds}`, address], /bytes from/);
}

async function session(lab: Lab, tower: Hypervisor) {
  const known = join(lab.folder, `known-${tower.name}`);
  await writeFile(known, `${tower.address} ${tower.hostKey}\n`);
  const options = ["-o", `UserKnownHostsFile=${known}`, "-o", "BatchMode=yes", "-i", lab.privateKeyPath];
  const login = [...options, `${tower.user}@${tower.address}`];
  return watch("ssh", [...login, `while echo tick; do sleep ${everySeconds}; done`], /tick/);
}

function watch(command: string, args: string[], sign: RegExp) {
  const child = execa(command, args, { reject: false, buffer: false });
  let [last, longest, ended] = [0, 0, false];
  child.stdout.on("data", (chunk: Buffer) => {
    if (!sign.test(chunk.toString())) return;
    const now = performance.now();
    if (last > 0) longest = Math.max(longest, (now - last) / 1000 - everySeconds);
    last = now;
  });
  let stopped = false;
  child.then(() => {
    ended = !stopped;
  });
  return {
    gap: () => (ended ? undefined : Math.max(longest, (performance.now() - last) / 1000 - everySeconds)),
    stop: () => {
      stopped = true;
      child.kill();
    },
  };
}
