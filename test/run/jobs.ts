import { readdirSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../tools/checkout";
import { oneOf, someOf } from "../sample";
import { type Supply, supplies } from "./supplies";

/** One process of the whole run: a check, or Mocha with a file or a folder of tests. */
export interface Job {
  /** `unit`, or `host/bridge`. */
  name: string;
  command: readonly [string, ...string[]];
  /** The jobs that must end before it begins: they make what the machine keeps for it. */
  needs: readonly string[];
  /**
   * Far more than the job needs on a busy machine. At the limit the runner ends a hanging job, and its remaining tests
   * fail.
   */
  limitMinutes: number;
}

/** Whether the run has all cases, or a sample of them that depends on the seed. */
export interface Extent {
  full: boolean;
  seed: string;
}

const minutes = 60_000;

const layers: Record<string, (extent: Extent) => Job[]> = {
  prepare: () => supplies.map((supply) => job(`prepare/${supply}`, ["node", "bin/test/run/prepare.js", supply])),
  e2e: () => perFile("e2e", 40 * minutes),
  host: () => perFile("host", 5 * minutes),
  campaign: campaigns,
  package: () => perFile("package", 10 * minutes),
  contract: () => perFile("contract", 1 * minutes),
  unit: () => [job("unit", ["mocha", "bin/test/unit/**/*.test.js"])],
  lint: () => [
    job("lint/style", ["biome", "check", "--error-on-warnings", "."]),
    job("lint/unused", ["knip"]),
    job("lint/package", ["node", "bin/tools/lint-package.js"]),
  ],
  docs: () => [
    job("docs", ["node", "bin/tools/docs.js", "--check"]),
    job("docs/resources", ["node", "bin/tools/resources.js", "--check"]),
  ],
};

/** What each job needs, by its name. All lines that match count. */
const needs: readonly (readonly [RegExp, Supply])[] = [
  [/^(host|e2e|campaign)/, "hypervisor"],
  [/^(e2e\/|package\/(project|older-labs)$)/, "cli"],
  [/^e2e\/(gateway-lab|public-bridge)$/, "debian"],
  [/^(host\/(public-bridge|lab$)|campaign|e2e\/older-states)/, "networks"],
  [/^(host\/|e2e\/older-states)/, "releases"],
  [/^host\/own-kernel/, "machine"],
];

/**
 * Files of which a run takes some, unless it is a full run. Each of them is about one concern, and the files that always
 * run have the life of each kind.
 */
const rotating: Readonly<Record<string, { take: number; of: readonly string[] }>> = {
  e2e: {
    take: 5,
    of: [
      ...["e2e/account", "e2e/parts", "e2e/crash", "e2e/input", "e2e/destroy", "e2e/bridge-netfilter"],
      ...["e2e/drift", "e2e/together", "e2e/world", "e2e/older-states", "e2e/gone"],
    ],
  },
  "public-bridge": {
    take: 4,
    of: [
      ...["definitions", "advertised", "netplan", "cloud-init", "ifupdown", "first-boot", "networkd", "rollback"].map(
        (about) => `host/public-bridge-${about}`,
      ),
    ],
  },
};

/** The longest jobs, which begin first. Otherwise one of them could run alone at the end. */
const longest = [
  "prepare",
  "e2e/gateway-lab",
  "campaign",
  "e2e/world",
  "e2e/public-bridge",
  "host/public-bridge-rollback",
  "e2e/crash",
];

/** @param wanted names of layers and jobs; empty for all */
export function jobsFor(wanted: readonly string[], extent: Extent): Job[] {
  const all = Object.values(layers).flatMap((jobsOf) => jobsOf(extent));
  const isWanted = ({ name }: Job) => wanted.length === 0 || wanted.includes(name) || wanted.includes(layerOf(name));
  const absent = wanted.filter((word) => !all.some(({ name }) => name === word || layerOf(name) === word));
  if (absent.length > 0) throw new Error(`${absent.join(", ")}: unknown. There are ${Object.keys(layers).join(", ")}`);
  const left = extent.full ? [] : leftOut(extent.seed).filter((name) => !wanted.includes(name));
  const chosen = all.filter((job) => isWanted(job) && !left.includes(job.name));
  const needed = new Set(chosen.flatMap(({ name, needs }) => [name, ...needs]));
  return all.filter(({ name }) => needed.has(name)).sort((a, b) => rank(a) - rank(b));
}

/** The files that a run with this seed does not take. */
export function leftOut(seed: string): string[] {
  return Object.entries(rotating).flatMap(([title, { take, of }]) => {
    const taken = someOf(title, of, take, seed);
    return of.filter((name) => !taken.includes(name));
  });
}

/** The whole campaign, or two samples of it: one is always the same, and one depends on the seed. */
function campaigns({ full, seed }: Extent): Job[] {
  const program = ["node", "bin/test/campaign/public-bridge.js"] as const;
  if (full) return [{ ...job("campaign", program), limitMinutes: 180 }];
  const sample = (hosts: string, seed: string) =>
    [...program, "--runs=3", "--commands=1", `--hosts=${hosts}`, `--seed=${seed}`] as const;
  const ofTheDay = oneOf("campaign", ["ifupdown/dhcp", "netplan/dhcp", "networkManager"], seed);
  return [job("campaign/fixed", sample("networkd", "1")), job("campaign/of-the-day", sample(ofTheDay.join(), seed))];
}

function perFile(layer: "e2e" | "host" | "contract" | "package", timeout: number): Job[] {
  const suffix = ".test.ts";
  const files = readdirSync(join(checkout, "test", layer)).filter((file) => file.endsWith(suffix));
  return files.map((file) => {
    const name = file.slice(0, -suffix.length);
    const command = ["mocha", "--timeout", `${timeout}`, `bin/test/${layer}/${name}.test.js`] as const;
    return job(`${layer}/${name}`, command);
  });
}

function job(name: string, command: Job["command"]): Job {
  const supplied = needs.filter(([names]) => names.test(name)).map(([, supply]) => `prepare/${supply}`);
  return { name, command, needs: supplied, limitMinutes: 60 };
}

function layerOf(name: string): string {
  return name.split("/")[0] ?? "";
}

function rank({ name }: Job): number {
  const place = longest.findIndex((entry) => name === entry || layerOf(name) === entry);
  return place < 0 ? longest.length : place;
}
