import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "./container";

/** The data of a hypervisor before it has started. */
export interface Bootable {
  name: string;
  address: string;
  port: number;
  exec(script: string): Promise<string>;
}

/** Starts it, and waits until it is usable. */
export async function boot(tower: Bootable, container: Container): Promise<void> {
  // A machine has few inotify instances, usually 128, and every container needs several. Others may free some soon.
  await tryToBoot(tower, container).catch(async (error) => {
    if (container.state() === "up" || !/Too many open files|inotify object/.test(error.message)) throw error;
    await sleep(2000);
    await tryToBoot(tower, container);
  });
}

async function tryToBoot(tower: Bootable, container: Container): Promise<void> {
  await container.on();
  await ready(tower, container);
}

/**
 * Waits until systemd has started all units and this machine reaches sshd: systemd may be ready before the network is.
 */
export async function ready(
  tower: Bootable,
  container: Pick<Container, "state" | "console">,
  withinMinutes = 1,
): Promise<void> {
  for (const deadline = performance.now() + withinMinutes * 60_000; ; await sleep(100)) {
    const state = await tower.exec("systemctl is-system-running || :").catch(() => "");
    if (state === "running" && (await answers(tower))) return;
    if (state === "degraded") throw new Error(`${tower.name} boots badly:\n${await tower.exec("systemctl --failed")}`);
    if (container.state() === "off" || performance.now() > deadline) {
      throw new Error(`${tower.name} does not boot: ${state}\n${await container.console()}\n${await inotify()}`);
    }
  }
}

// inotify instances run out first when many containers run, and the errors about it differ.
async function inotify(): Promise<string> {
  const limit = (await readFile("/proc/sys/fs/inotify/max_user_instances", "utf8")).trim();
  return `(This machine allows ${limit} inotify instances, and every hypervisor takes up to 10.)`;
}

async function answers(tower: Bootable): Promise<boolean> {
  tower.address ||= await tower.exec("ip -4 -o address show dev host0 | sed 's/.* inet \\([0-9.]*\\).*/\\1/'");
  if (!tower.address) return false;
  const socket = createConnection({ host: tower.address, port: tower.port, timeout: 1000 });
  const events = ["data", "error", "timeout"].map((event) => once(socket, event).then(() => event));
  const first = await Promise.race(events).catch(() => "error");
  socket.destroy();
  return first === "data";
}
