import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { type Lock, lock, tryLock } from "../../tools/lock";

/** The resources of one lab: a number, and the names and addresses that derive from it. So several labs run at once. */
export interface Slot {
  /** The name of the network namespace and of the link into it, and the prefix of every cgroup's name. */
  name: string;
  folder: string;
  /** An address on the LAN. */
  address(host: number): string;
  /**
   * The LAN, and the internet behind its gateway. Both are in the range for benchmarks (RFC 2544), which no real
   * network uses.
   */
  lan: string;
  internet: string;
  /** The same for IPv6, in the range for private networks. */
  address6(host: number): string;
  lan6: string;
  /** Removes everything of the run, and frees the slot. */
  release(): Promise<void>;
}

const folders = "/var/tmp/pulumi-kvm-lab";

/**
 * The first free slot, or the one with that number as soon as it is free: a recorded host needs its own addresses.
 * First it removes the leftovers of runs that died.
 */
export async function claimSlot(number?: number): Promise<Slot> {
  await sweep();
  if (number !== undefined) return open(number, await lock(lockName(number)));
  for (let number = 0; number < firstNumbered; number++) {
    const held = await tryLock(lockName(number));
    if (held) return open(number, held);
  }
  throw new Error(`${firstNumbered} labs are running on this machine`);
}

/** Slots from this number on are only for callers that ask for a number. */
const firstNumbered = 240;

/** A waiting caller may get the slot of a run that was killed. So it removes leftovers first. */
async function open(number: number, held: Lock): Promise<Slot> {
  const slot = describe(number);
  await removeRemains(slot);
  await mkdir(slot.folder, { recursive: true, mode: 0o700 });
  return { ...slot, release: () => removeRemains(slot).finally(held.release) };
}

// The lock ends with its process. A slot with a folder but without a lock belongs to a run that died.
async function sweep(): Promise<void> {
  for (const entry of existsSync(folders) ? await readdir(folders) : []) {
    const held = await tryLock(lockName(Number(entry)));
    if (held) await removeRemains(describe(Number(entry))).finally(held.release);
  }
}

type Place = Omit<Slot, "release">;

function describe(number: number): Place {
  return {
    name: `kvmlab${number}`,
    folder: join(folders, String(number)),
    address: (host) => `198.18.${number}.${host}`,
    lan: `198.18.${number}.0/24`,
    internet: `198.19.${number}.0/24`,
    address6: (host) => `fd18:${number + 1}::${host}`,
    lan6: `fd18:${number + 1}::/64`,
  };
}

const lockName = (number: number) => `lab slot ${number}`;

async function removeRemains({ name, folder }: Place): Promise<void> {
  for (const hierarchy of ["unified", "systemd", "."].map((part) => join("/sys/fs/cgroup", part))) {
    const names = existsSync(hierarchy) ? await readdir(hierarchy) : [];
    for (const ours of names.filter((entry) => entry.startsWith(`${name}-`))) await removeCgroup(join(hierarchy, ours));
  }
  await execa("ip", ["link", "delete", name], { reject: false });
  await execa("ip", ["netns", "delete", name], { reject: false });
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  await rmdir(folders).catch(() => {}); // another run may have a folder in it
}

async function removeCgroup(folder: string): Promise<void> {
  const below = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  for (const { name } of below) await removeCgroup(join(folder, name));
  for (const deadline = Date.now() + 10_000; ; await sleep(20)) {
    for (const pid of await processesIn(folder)) kill(pid);
    try {
      return await rmdir(folder);
    } catch (error) {
      // EBUSY until the last process in it has ended
      if (Date.now() > deadline) throw error;
    }
  }
}

async function processesIn(cgroup: string): Promise<number[]> {
  return (await readFile(join(cgroup, "cgroup.procs"), "utf8")).split("\n").filter(Boolean).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}
