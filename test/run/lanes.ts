import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { delimiter, join } from "node:path";
import { checkout } from "../../tools/checkout";
import { openCpuAccount } from "./cpu-account";
import type { Job } from "./jobs";

export interface JobResult {
  job: Job;
  /** The exit code of the process: 0 for success. */
  code: number;
  /** The output of the process. Empty when it went to the terminal directly. */
  output: string;
  seconds: number;
  /** CPU seconds of all its processes together, with those of its hosts and guests where cgroup v1 counts them. */
  cpuSeconds: number;
}

export interface Lanes {
  results: JobResult[];
  /** The share of time in which the cores of the machine were idle. */
  idle: number;
  seconds: number;
}

/**
 * The number of jobs that run at once. Most jobs wait most of the time: for a boot, a time limit, a lease.
 * PULUMI_KVM_TEST_LANES sets another number.
 */
export function lanes(jobs: readonly Job[]): number {
  const wanted = Number(process.env.PULUMI_KVM_TEST_LANES) || 2 * availableParallelism();
  return Math.min(wanted, jobs.length);
}

/** Runs all jobs in their order, in parallel lanes, and reports each when it has ended. */
export async function inLanes(jobs: readonly Job[], ended: (result: JobResult) => void): Promise<Lanes> {
  const [began, load] = [performance.now(), cpuTimes()];
  const waiting = [...jobs];
  const results: JobResult[] = [];
  const running = new Set<ChildProcess>();
  stopWith(running, waiting);
  const unfinished = new Map<string, Promise<unknown>>();
  const next = () => {
    const names = new Set([...waiting.map(({ name }) => name), ...unfinished.keys()]);
    const at = waiting.findIndex(({ needs }) => !needs.some((name) => names.has(name)));
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  };
  const lane = async () => {
    while (waiting.length > 0) {
      const job = next();
      if (!job) {
        await Promise.race(unfinished.values());
        continue;
      }
      const work = runJob(job, running, jobs.length === 1).finally(() => unfinished.delete(job.name));
      unfinished.set(job.name, work);
      const result = await work;
      results.push(result);
      ended(result);
    }
  };
  await Promise.all(Array.from({ length: lanes(jobs) }, lane));
  return { results, idle: idleSince(load), seconds: (performance.now() - began) / 1000 };
}

async function runJob(job: Job, running: Set<ChildProcess>, alone: boolean): Promise<JobResult> {
  const began = performance.now();
  const account = openCpuAccount(job.name);
  // The shell knows the CPU time of its descendants. Node does not.
  const script = 'echo $$ >"$0"; "$@"; code=$?; times >&3; exit $code';
  const child = spawn("sh", ["-c", script, account.enter, ...job.command], {
    cwd: checkout,
    env: { ...process.env, PATH: path, PULUMI_KVM_TEST_JOB: job.name },
    stdio: ["ignore", alone ? "inherit" : "pipe", alone ? "inherit" : "pipe", "pipe"],
    detached: true,
  });
  running.add(child);
  if (!alone) console.log(`── ${job.name} begins`);
  const limit = setTimeout(() => child.pid && process.kill(-child.pid, "SIGTERM"), job.limitMinutes * 60_000);
  const [printed, times] = [collect([child.stdout, child.stderr]), collect([child.stdio[3]])];
  const code = await new Promise<number>((resolve) => child.once("close", (status) => resolve(status ?? 1)));
  clearTimeout(limit);
  running.delete(child);
  const seconds = (performance.now() - began) / 1000;
  const title = `── ${job.name}: ${code === 0 ? "passed" : "FAILED"} in ${seconds.toFixed(1)} s`;
  return {
    job,
    code,
    output: [printed(), title].join("\n"),
    seconds,
    cpuSeconds: account.close() ?? computed(times()),
  };
}

/** The PATH as npm sets it: our own Node and tools come before those of the machine. */
const path = [join(checkout, "node_modules/.bin"), process.env.PATH].join(delimiter);

function collect(streams: readonly unknown[]): () => string {
  let text = "";
  for (const stream of streams) {
    (stream as NodeJS.ReadableStream | null)?.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
  }
  return () => text.trimEnd();
}

/** Reads the output of times(1) of POSIX. Its second line is about the children: user and system time. */
function computed(times: string): number {
  const spans = [...(times.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
  return spans.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** A job has its own process group, so the runner passes a signal on to all jobs. */
function stopWith(running: ReadonlySet<ChildProcess>, waiting: Job[]): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      waiting.length = 0;
      for (const { pid } of running) if (pid) process.kill(-pid, "SIGTERM");
    });
  }
}

function cpuTimes(): { idle: number; all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  return { idle: sum(times.map(({ idle }) => idle)), all: sum(times.flatMap((of) => Object.values(of))) };
}

function idleSince(start: { idle: number; all: number }): number {
  const end = cpuTimes();
  return (end.idle - start.idle) / Math.max(1, end.all - start.all);
}
