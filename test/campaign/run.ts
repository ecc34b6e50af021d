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

/** The limit after which a host undoes what nobody confirmed. */
export const limitSeconds = 10;

/** A host whose own network is changed again and again: a public bridge comes, and goes. */
export interface Subject {
  /** What is to be done next. */
  next: "create" | "delete";
  /** The commands that make the change, each way. */
  readonly applied: { create: number; delete: number };
  /** While something goes wrong. The same thing is to be done afterwards still. */
  suffer(fault: Fault): Promise<Outcome>;
  /** The same once more, and nothing goes wrong. @throws when it does not succeed, or leaves anything behind */
  heal(): Promise<void>;
  /** The host is restarted. @throws when it has another configuration then, or its first boot is not decided */
  boot(): Promise<void>;
}

export interface Outcome {
  /** The longest time in which nobody got in, in seconds; a restart of the host is a part of it. */
  unreachable: number;
  /** "old" or "new" configuration; a text about anything else. */
  state: string;
  /** The call at which it happened, of how many; undefined when the run ended before it. */
  moment?: string;
  /** What the client said of its failure, when it lived to say something. */
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
      // The first one of each; later ones may find it done already.
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

/** @returns whether it happened before the run ended, and what that said */
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

/** A process of its own, as Pulumi has one for each run. */
function start(task: Task) {
  const program = join(checkout, "bin/test/campaign/client.js");
  return execa(process.execPath, [program, JSON.stringify(task)], { reject: false });
}

/** What a killed client had sent is still carried out, and the rollback of what nobody confirms may be to come. */
async function settled(tower: Hypervisor): Promise<void> {
  await tower.exec(
    `umask 077; flock -w 60 /run/pulumi-kvm.lock true; for i in $(seq ${(limitSeconds + 60) * 5}); do [ -d /var/lib/pulumi-kvm/change ] || exit 0; sleep 0.2; done; ls /var/lib/pulumi-kvm/change; cat /var/lib/pulumi-kvm/change/log; exit 1`,
    { timeout: 120_000 },
  );
}

/** Where the address and the way out are, and whose port the NIC is; anything between is a half-made bridge. */
async function stateOf(tower: Hypervisor): Promise<string> {
  const look = `ip -oneline address show to ${tower.address} | awk '{print $2}' | xargs echo
    ip -4 route show default | sed 's/.* dev \\([^ ]*\\).*/\\1/' | sort -u | xargs echo
    ls /sys/class/net/br-host0/brif 2>/dev/null || echo none`;
  const [device, way, ports] = (await tower.exec(look)).split("\n");
  if (device === "host0" && way === device && ports === "none") return "old";
  if (device === "br-host0" && way === device && ports === "host0") return "new";
  return `half made: the address is on ${device || "nothing"}, the way out by ${way || "nothing"}, ports ${ports}`;
}

/** The files of every owner, by name and content, and what we keep of a change; but for what waits for the first boot. */
function traces(tower: Hypervisor): Promise<string> {
  const folders = ["/etc/network", "/etc/systemd/network", "/etc/netplan", "/etc/NetworkManager/system-connections"];
  return tower.exec(
    `units=; [ ! -d /var/lib/pulumi-kvm/change.boot ] || units="! -name pulumi-kvm-guard.service ! -name pulumi-kvm-first-boot.service"
    find ${folders.join(" ")} /etc/NetworkManager/conf.d /etc/systemd/system /var/lib/pulumi-kvm/nics /var/lib/pulumi-kvm/change -type f $units -exec sha256sum {} + 2>/dev/null | sort -k 2`,
  );
}
