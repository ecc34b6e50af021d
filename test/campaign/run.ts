import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { checkout } from "../../tools/checkout";
import type { Owner, Properties } from "../host/owner";
import { firstBootOf } from "../host/public-bridge-site";
import type { Hypervisor } from "../lab/hypervisor";
import type { Task } from "./client";
import type { Fault } from "./faults";
import { type Moment, type Moments, momentsOf } from "./moments";
import { allowWatching, watchOver } from "./watch";

/** Seconds after which a host rolls back an unconfirmed change. */
export const limitSeconds = 10;

/** A host whose network changes again and again: a public bridge is created and deleted. */
export interface Subject {
  /** The next task. */
  next: "create" | "delete";
  /** The number of commands that make the change, for a create and for a delete. */
  readonly applied: { create: number; delete: number };
  /** Runs the next task with a fault. The task remains the next one. */
  suffer(fault: Fault): Promise<Outcome>;
  /** Runs the next task without a fault. @throws when it fails, or when a delete leaves anything */
  heal(): Promise<void>;
  /** Reboots the host. @throws when its configuration is another one then, or its first boot is not decided */
  boot(): Promise<void>;
}

export interface Outcome {
  /** The longest time in seconds in which the host was unreachable, including a reboot. */
  unreachable: number;
  /** "old" or "new" for the configuration, or a text about any other state. */
  state: string;
  /** The number of the call at which the fault happened, and of all calls. Undefined when the run ended before. */
  moment?: string;
  /** The error of the client. Empty when the client was killed. */
  said: string;
}

export async function subjectOf(tower: Hypervisor, owner: Owner): Promise<Subject> {
  await allowWatching(tower);
  const moments = await momentsOf(tower);
  const before = await traces(tower);
  const [calls, applied] = [
    { create: 0, delete: 0 },
    { create: 0, delete: 0 },
  ];
  let made: { id: string; outs: Properties } | undefined;
  const next = () => (made ? "delete" : "create");
  const inputs = (args: object = {}) =>
    owner.inputs("PublicBridge", "lab/lan", { nic: "host0", confirmWithinSeconds: limitSeconds, ...args });
  const task = async (args?: object): Promise<Task> =>
    made
      ? { verb: "delete", kind: "PublicBridge", ...made }
      : { verb: "create", kind: "PublicBridge", inputs: await inputs(args) };
  const isClean = async () => {
    const left = await traces(tower);
    if (left !== before) throw new Error(`left behind: ${left}`);
  };
  return {
    applied,
    get next() {
      return next();
    },
    async suffer(fault) {
      await fault.before?.(tower);
      const watch = watchOver(tower, limitSeconds + 90);
      const moment = momentOf(fault, calls[next()]);
      const { happened, said } = await strike(tower, moments, fault, moment, await task(fault.args?.(tower)));
      await settled(tower);
      const unreachable = await watch.end();
      const state = await stateOf(tower);
      await fault.after?.(tower);
      const at = moment && "nth" in moment ? `${moment.nth}/${moment.of ? applied[next()] : calls[next()]}` : "";
      return { unreachable, state, said, ...(happened && { moment: at }) };
    },
    async heal() {
      await moments.watch();
      const { stdout, stderr, exitCode } = await start(await task());
      if (exitCode !== 0) throw new Error(`a later run failed: ${stderr}`);
      // Only the first run of each kind counts. A later one may find the task done already.
      const count = await moments.end();
      calls[next()] ||= count.all;
      applied[next()] ||= count.apply;
      const state = await stateOf(tower);
      if (state !== (made ? "old" : "new")) throw new Error(`a later run succeeded, and it is ${state}`);
      made = made ? undefined : JSON.parse(stdout);
      if (!made) await isClean();
    },
    async boot() {
      const state = await stateOf(tower);
      await tower.reboot();
      await firstBootOf(tower);
      const now = await stateOf(tower);
      if (now !== state) throw new Error(`it was ${state}, and after a restart it is ${now}`);
    },
  };
}

function momentOf({ at, fails = false }: Fault, total: number): Moment | undefined {
  if (typeof at !== "number") return at && { ...at, fails };
  return { nth: Math.max(1, Math.ceil(at * total)), fails };
}

/** @returns whether the fault happened before the run ended, and the error of the run */
async function strike(tower: Hypervisor, moments: Moments, fault: Fault, moment: Moment | undefined, task: Task) {
  await moments.watch(moment);
  const client = start(task);
  const over = client.then(() => moments.end().catch(() => undefined));
  const happened = moment === undefined || (await moments.held().catch(() => false));
  if (happened && moment) {
    await fault.happens?.(tower, () => client.kill("SIGKILL"));
    await moments.release();
    if (fault.ends) await sleep(fault.ends.seconds * 1000).then(() => fault.ends?.by(tower));
  }
  await over;
  const { exitCode, stderr } = await client;
  return { happened, said: exitCode === 0 ? "made" : stderr };
}

/** Starts a process of its own, as Pulumi does for each run. */
function start(task: Task) {
  const program = join(checkout, "bin/test/campaign/client.js");
  return execa(process.execPath, [program, JSON.stringify(task)], { reject: false });
}

/** Waits until the host has run the scripts of a killed client, and has rolled back an unconfirmed change. */
async function settled(tower: Hypervisor): Promise<void> {
  await tower.exec(
    `umask 077; flock -w 60 /run/pulumi-kvm.lock true; for i in $(seq ${(limitSeconds + 60) * 5}); do [ -d /var/lib/pulumi-kvm/change ] || exit 0; sleep 0.2; done; ls /var/lib/pulumi-kvm/change; cat /var/lib/pulumi-kvm/change/log; exit 1`,
    { timeout: 120_000 },
  );
}

/**
 * Checks where the address and the default route are, and the bridge of the NIC. Any other combination is a partial
 * bridge.
 */
async function stateOf(tower: Hypervisor): Promise<string> {
  const look = `ip -oneline address show to ${tower.address} | awk '{print $2}' | xargs echo
    ip -4 route show default | sed 's/.* dev \\([^ ]*\\).*/\\1/' | sort -u | xargs echo
    ls /sys/class/net/br-host0/brif 2>/dev/null || echo none`;
  const [device, way, ports] = (await tower.exec(look)).split("\n");
  if (device === "host0" && way === device && ports === "none") return "old";
  if (device === "br-host0" && way === device && ports === "host0") return "new";
  return `half made: the address is on ${device || "nothing"}, the way out by ${way || "nothing"}, ports ${ports}`;
}

/**
 * The files of every network manager, by name and content, and our records of a change. The guard of a first boot does not count.
 */
function traces(tower: Hypervisor): Promise<string> {
  const folders = ["/etc/network", "/etc/systemd/network", "/etc/netplan", "/etc/NetworkManager/system-connections"];
  return tower.exec(
    `units=; [ ! -d /var/lib/pulumi-kvm/change.boot ] || units="! -name pulumi-kvm-guard.service ! -name pulumi-kvm-first-boot.service"
    find ${folders.join(" ")} /etc/NetworkManager/conf.d /etc/systemd/system /var/lib/pulumi-kvm/nics /var/lib/pulumi-kvm/change -type f $units -exec sha256sum {} + 2>/dev/null | sort -k 2`,
  );
}
