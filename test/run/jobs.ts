import { readdirSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../tools/checkout";

/** One process of the whole run: a check, or Mocha with a file or a folder of tests. */
export interface Job {
  /** `unit`, or `host/bridge`. */
  name: string;
  command: readonly [string, ...string[]];
  /** Of the images, roots and programs that are made once for a machine. */
  needsPrepared: boolean;
}

export type Layer = keyof typeof layers;

const minutes = 60_000;

const layers = {
  prepare: () => [job("prepare", ["node", "bin/test/run/prepare.js"], false)],
  e2e: () => perFile("e2e", 20 * minutes),
  host: () => perFile("host", 5 * minutes),
  campaign: () => [job("campaign", ["node", "bin/test/campaign/public-bridge.js"], true)],
  contract: () => perFile("contract", 1 * minutes),
  unit: () => [job("unit", ["mocha", "bin/test/unit/**/*.test.js"], false)],
  lint: () => [job("lint", ["biome", "check", "--error-on-warnings", "."], false)],
  docs: () => [job("docs", ["node", "bin/tools/docs.js", "--check"], false)],
} satisfies Record<string, () => Job[]>;

/** These take longest, and begin first: a lane that begins one last would be alone with it at the end. */
const longest = ["prepare", "e2e/gateway-lab", "campaign", "host/public-bridge", "host/public-bridge-rollback"];

/** @param wanted names of layers and jobs; all of them when there are none */
export function jobsFor(wanted: readonly string[]): Job[] {
  const all = Object.values(layers).flatMap((jobsOf) => jobsOf());
  const isWanted = ({ name }: Job) => wanted.length === 0 || wanted.includes(name) || wanted.includes(layerOf(name));
  const absent = wanted.filter((word) => !all.some(({ name }) => name === word || layerOf(name) === word));
  if (absent.length > 0) throw new Error(`${absent.join(", ")}: unknown. There are ${Object.keys(layers).join(", ")}`);
  const chosen = all.filter(isWanted);
  const needed = chosen.some(({ needsPrepared }) => needsPrepared) && !chosen.some(({ name }) => name === "prepare");
  return [...(needed ? layers.prepare() : []), ...chosen].sort((a, b) => rank(a) - rank(b));
}

function perFile(layer: "e2e" | "host" | "contract", timeout: number): Job[] {
  const files = readdirSync(join(checkout, "bin/test", layer)).filter((file) => file.endsWith(".test.js"));
  const name = (file: string) => `${layer}/${file.replace(".test.js", "")}`;
  const command = (file: string) => ["mocha", "--timeout", `${timeout}`, `bin/test/${layer}/${file}`] as const;
  return files.map((file) => job(name(file), command(file), layer !== "contract"));
}

function job(name: string, command: Job["command"], needsPrepared: boolean): Job {
  return { name, command, needsPrepared };
}

function layerOf(name: string): string {
  return name.split("/")[0] ?? "";
}

function rank({ name }: Job): number {
  const place = longest.indexOf(name);
  return place < 0 ? longest.length : place;
}
