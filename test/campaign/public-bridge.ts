// Changes the network of hosts while something goes wrong, at every step. The same seed repeats the same run.
//
//   node bin/test/campaign/public-bridge.js [--runs=100] [--commands=0] [--seed=1] [--hosts=networkd,ifupdown/dhcp]
//
// RUNS faults are spread over all hosts. On each host, COMMANDS commands of a create and of a delete also fail; 0: all.
//
// Fails when a host was lost, has a partial bridge, or could not be changed afterwards.
import { parseArgs } from "node:util";
import { newOwner } from "../host/owner";
import { type BridgeSite, openBridgeSite } from "../host/public-bridge-site";
import type { VariantName } from "../lab/variants";
import { type Fault, faults } from "./faults";
import { type Subject, subjectOf } from "./run";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100" },
    commands: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    hosts: { type: "string", default: "networkd,ifupdown/dhcp,netplan/dhcp,networkManager" },
  },
});

interface Tally {
  runs: number;
  lost: number;
  kept: number;
  made: number;
  worst: number;
  bad: string[];
}

void main().then(({ runs, lost, kept, made, worst, bad }) => {
  console.log(
    `${runs} runs (seed ${values.seed}): hosts lost ${lost}, ended with the old configuration ${kept}, with the new one ${made}; worst time to reachability ${worst.toFixed(1)} s`,
  );
  for (const line of bad) console.log(line);
  process.exit(bad.length > 0 ? 1 : 0);
});

async function main(): Promise<Tally> {
  const site = await openBridgeSite();
  const tally: Tally = { runs: 0, lost: 0, kept: 0, made: 0, worst: 0, bad: [] };
  const random = generator(Number(values.seed));
  const todo = campaign(Number(values.runs), random);
  const work = (host: string, i: number) => workOn(site, host, `campaign${i}`, { todo, random, tally });
  await Promise.all(values.hosts.split(",").map(work));
  await site.stop();
  return tally;
}

interface Work {
  /** The faults that all hosts share. */
  todo: Fault[];
  random: () => number;
  tally: Tally;
}

/** Works on one host until no fault remains or the host is unusable. */
async function workOn(site: BridgeSite, host: string, name: string, { todo, random, tally }: Work): Promise<void> {
  const [variant, dhcp] = host.split("/") as [VariantName, string?];
  const tower = await site.tower(name, { variant, dhcp: dhcp === "dhcp", ipv6: true });
  const subject = await subjectOf(tower, await newOwner(name, "campaign/anna"));
  try {
    // One create and one delete without a fault, which count the steps.
    for (const _ of ["create", "delete"]) await subject.heal();
    const own = {
      create: failingCommands(subject.applied.create, random),
      delete: failingCommands(subject.applied.delete, random),
    };
    for (;;) {
      const fault = own[subject.next].pop() ?? take(todo, subject);
      if (fault) await once(host, subject, fault, tally);
      else if (own.create.length + own.delete.length > 0) await subject.heal();
      else return;
    }
  } catch (error) {
    tally.lost++;
    tally.bad.push(`${host}: ${(error as Error).message}`);
    console.log(`${host}: ${(error as Error).message}`);
  }
}

/**
 * The change itself is short and differs from host to host. So each of its commands fails once, or a sample of them.
 */
function failingCommands(count: number, random: () => number): Fault[] {
  const all = Array.from({ length: count }, (_, i) => ({ fault: faults.applyFails(i + 1), place: random() }));
  const wanted = Number(values.commands) || count;
  return all
    .sort((a, b) => a.place - b.place)
    .slice(0, wanted)
    .map(({ fault }) => fault);
}

/** Takes the next fault. Arguments that cannot work are only for a create. */
function take(todo: Fault[], { next }: Subject): Fault | undefined {
  const at = todo.findIndex(({ args }) => next === "create" || !args);
  return at < 0 ? undefined : todo.splice(at, 1)[0];
}

async function once(host: string, subject: Subject, fault: Fault, tally: Tally): Promise<void> {
  const run = ++tally.runs;
  const title = `${run} ${host}, ${subject.next}: ${fault.title}`;
  const began = performance.now();
  try {
    const { unreachable, state, moment = "not reached" } = await subject.suffer(fault);
    tally.worst = Math.max(tally.worst, unreachable);
    if (state === "old") tally.kept++;
    else if (state === "new") tally.made++;
    else tally.bad.push(`${title} ${moment}: ${state}`);
    // The running network and the configuration of the next boot may differ. So it reboots after the fault and after
    // the repair.
    await subject.boot();
    await subject.heal();
    await subject.boot();
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(
      `${title} ${moment}: ${state}, out of reach for at most ${unreachable.toFixed(1)} s (${seconds} s in all)`,
    );
  } catch (error) {
    throw new Error(`${title}: ${(error as Error).message}`);
  }
}

/** Some of each fault, spread evenly over the steps of a run, in an order that depends on the seed. */
function campaign(runs: number, random: () => number): Fault[] {
  const ofAll = 98; // the sum of the shares
  const spread = (share: number, fault: (at: number) => Fault) => {
    const count = Math.max(1, Math.round((share * runs) / ofAll));
    return Array.from({ length: count }, (_, i) => fault((i + random()) / count));
  };
  const all = [
    ...spread(20, faults.clientKilled),
    ...spread(18, (at) => faults.unplugged(at, 1 + random() * 14)),
    ...spread(16, faults.rebooted),
    ...spread(14, faults.powerCut),
    ...spread(12, faults.commandFails),
    ...spread(6, (at) => faults.sshdStopped(at, 1 + random() * 14)),
    ...spread(6, faults.diskFull),
    ...spread(3, faults.wrongGateway),
    ...spread(3, faults.wrongAddress),
  ];
  return all
    .map((fault) => ({ fault, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ fault }) => fault);
}

/** The generator of Park and Miller: the same numbers for the same seed on every machine. */
function generator(seed: number): () => number {
  let state = seed % 2147483647 || 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
