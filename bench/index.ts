import { execa } from "execa";
import { openSite, type Site } from "../test/e2e/site.js";
import type { Stack } from "../test/e2e/stack.js";
import { measureLab } from "./gateway-lab.js";
import { noOps, taps, tapsByHand } from "./programs.js";
import { median, type Row, table } from "./table.js";

/**
 * What pulumi-kvm costs beside what cannot be had for less: the engine with a provider that does nothing, and one
 * script over one ssh. Every figure is the median of several runs, taken in turns, so that a busy machine hits all alike.
 */
const runs = Number(process.env.BENCH_RUNS ?? 3);
const sizes = (process.env.BENCH_SIZES ?? "10,100").split(",").map(Number);

async function main(): Promise<void> {
  const site = await openSite();
  try {
    for (const size of sizes)
      console.log(`\n${table(`${size} taps on a bridge, median of ${runs}`, await measure(site, size))}`);
    if (process.env.BENCH_LAB !== "0") console.log(`\n${table("The gateway lab, one run", await measureLab(site))}`);
  } finally {
    await site.close();
  }
}

async function measure(site: Site, size: number): Promise<Row[]> {
  const idle = await site.stack(noOps(size));
  const ours = await site.stack(taps(size));
  const samples: Record<string, number[]> = {};
  const sample = (name: string, value: number) => {
    samples[name] = [...(samples[name] ?? []), value];
  };
  for (let run = 0; run < runs; run++) {
    sample("no-op up", await seconds(idle, "up"));
    sample("up", await seconds(ours, "up"));
    sample("no-op refresh", await seconds(idle, "refresh"));
    sample("refresh", await seconds(ours, "refresh"));
    sample("no-op destroy", await seconds(idle, "destroy"));
    sample("destroy", await seconds(ours, "destroy"));
    sample("by hand", await byHand(site, size));
  }
  const of = (name: string) => median(samples[name] ?? []);
  return [
    ["up", `${of("up").toFixed(2)} s`, `${(of("up") / of("no-op up")).toFixed(2)} × no-op (goal 1.25)`],
    [
      "destroy",
      `${of("destroy").toFixed(2)} s`,
      `${(of("destroy") / of("no-op destroy")).toFixed(2)} × no-op (goal 1.25)`,
    ],
    ["refresh", `${of("refresh").toFixed(2)} s`, `${(of("refresh") / of("no-op refresh")).toFixed(2)} × no-op`],
    [
      "by one ssh host sh",
      `${of("by hand").toFixed(2)} s`,
      `up takes ${(of("up") / of("by hand")).toFixed(1)} × as long`,
    ],
    ...(await exchanges(ours, size)),
    ...(await stateBytes(ours)),
  ];
}

async function seconds(stack: Stack, verb: "up" | "refresh" | "destroy"): Promise<number> {
  const start = performance.now();
  const { code, output } = await stack[verb]();
  if (code !== 0) throw new Error(output);
  return (performance.now() - start) / 1000;
}

/** The same links by a script that knows what it wants, and does nothing else. */
async function byHand({ lab, tower }: Site, size: number): Promise<number> {
  const start = performance.now();
  const options = [
    "-i",
    lab.privateKeyPath,
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-q",
  ];
  await execa("ssh", [...options, "-p", String(tower.port), `${tower.user}@${tower.address}`, "sh"], {
    input: tapsByHand(size),
  });
  const took = (performance.now() - start) / 1000;
  await tower.exec(
    "ip link set hand0 group 77; for t in $(ls /sys/class/net | grep ^hand-); do ip link set $t group 77; done; ip link del group 77",
  );
  return took;
}

/** Exchanges with the host, as the transport counts them itself. */
async function exchanges(stack: Stack, size: number): Promise<Row[]> {
  stack.env.PULUMI_KVM_DEBUG = "1";
  const count = async (verb: "up" | "refresh") => {
    const { output } = await stack[verb]();
    return new Set(output.match(/pulumi-kvm tower: .*B sent/g)).size;
  };
  const [up, refresh] = [await count("up"), await count("refresh")];
  delete stack.env.PULUMI_KVM_DEBUG;
  return [
    ["round trips of up", String(up), `${(up / (size + 2)).toFixed(2)} for each resource (goal at most 2)`],
    ["round trips of refresh", String(refresh), "in all (goal at most 5)"],
  ];
}

async function stateBytes(stack: Stack): Promise<Row[]> {
  const resources = Object.values(await stack.resources());
  const bytes = resources.filter(({ type }) => type.endsWith(":Tap")).map((tap) => JSON.stringify(tap).length);
  await seconds(stack, "destroy");
  return [["state of a tap", `${Math.max(...bytes)} B`, "goal at most 1536 B"]];
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
