import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Fact } from "../../../provider/core/fact";
import { text } from "../../../provider/core/shell";
import { checkout } from "../../../tools/checkout";
import { fixturesIn, readFixture } from "./fixtures";

/** A fact that a file *.fact.ts exports: a constant, or a function that makes the fact of one question. */
export interface ExportedFact {
  name: string;
  /** The path of its source in the checkout. */
  file: string;
  /** @param question the argument of the function, or a list of its arguments */
  about(question: unknown): Fact<unknown>;
}

/** An output of a real host: test/fixtures/facts/<name of the export>/<case>.json. */
export interface FactFixture {
  /** The argument of a fact that has one, or a list of its arguments. */
  question?: unknown;
  output: string;
  fact?: unknown;
}

/** The files of facts, by their path in the checkout. */
export const factFiles = globSync("provider/**/*.fact.ts", { cwd: checkout }).sort();

/** All facts of the provider. A new fact needs no registration: its type in the source shows what it is. */
export const exportedFacts: readonly ExportedFact[] = factFiles.flatMap(factsIn);

/** The recorded outputs for a fact. The same code parses them, perhaps with another question. */
export function recordedFor(fact: Fact<unknown>): string[] {
  return exportedFacts.flatMap(({ name, about }) => {
    const fixtures = fixturesIn(`facts/${name}`).map(({ path }) => readFixture<FactFixture>(path));
    const [first] = fixtures;
    return first && isSame(about(first.question), fact) ? fixtures.map(({ output }) => output) : [];
  });
}

function factsIn(file: string): ExportedFact[] {
  const source = readFileSync(join(checkout, file), "utf8");
  const names = [...source.matchAll(/^export (?:const (\w+)|function (\w+)\([^)]*\)): Fact</gm)];
  const load = createRequire(join(checkout, "package.json"));
  const exported = load(join(checkout, "bin", file.replace(/\.ts$/, ".js"))) as Record<string, unknown>;
  return names.map(([, constant, made]) => {
    const name = constant ?? made ?? "";
    return { name, file, about: (question) => asked(exported[name], question) };
  });
}

function asked(exported: unknown, question: unknown): Fact<unknown> {
  if (typeof exported !== "function") return exported as Fact<unknown>;
  return exported(...(Array.isArray(question) ? question : [question]));
}

/** A function makes a new fact for each question. Facts of one function have the same code. */
function isSame(one: Fact<unknown>, other: Fact<unknown>): boolean {
  if (one === other) return true;
  return String(one.parse) === String(other.parse) && shape(one) === shape(other);
}

/** The first word of the command, and which fields the fact has. */
function shape(fact: Fact<unknown>): string {
  return `${text(fact.command).split(/\s/)[0]} ${Object.keys(fact)}`;
}
