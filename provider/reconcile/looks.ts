import type { Fact, Touched } from "../core/fact";
import { keyOf } from "../core/fact-key";
import type { Facts } from "../core/kind";
import { byName } from "../core/reply";

/** The facts that a resource needs after its commit, and what the commit changes of them, as far as the kind tells it. */
export interface Claim {
  facts: Facts;
  touched: Touched | undefined;
}

/** What a commit observes after its steps: a whole fact, or some entries of one. */
export interface Look {
  /** The key of the fact in the cache. */
  key: string;
  /** What to ask the host. */
  asked: Fact<unknown>;
  /** The entries that it asks for. Undefined for the whole fact. */
  names?: readonly string[];
}

/** Looks at all facts as a whole. */
export function wholeLooks(claims: readonly Claim[]): Look[] {
  const facts = claims.flatMap((claim) => Object.values(claim.facts));
  return [...new Map(facts.map((fact) => [keyOf(fact), fact])).entries()].map(([key, asked]) => ({ key, asked }));
}

/** Looks only at what the commits touch. Undefined when a kind does not tell what that is. */
export function partialLooks(claims: readonly Claim[]): Look[] | undefined {
  if (!claims.every(({ touched }) => touched)) return undefined;
  const touched = new Map<string, { fact: Fact<unknown>; names: readonly string[] }>();
  for (const claim of claims) {
    for (const [name, fact] of Object.entries(claim.facts)) {
      const more = claim.touched?.[name] ?? [];
      const key = keyOf(fact);
      const names = [...new Set([...(touched.get(key)?.names ?? []), ...more])];
      if (names.length > 0) touched.set(key, { fact, names });
    }
  }
  return [...touched].map(([key, { fact, names }]) => ({ key, ...ask(fact, names) }));
}

function ask(fact: Fact<unknown>, names: readonly string[]): Omit<Look, "key"> {
  if (!fact.part) return { asked: fact };
  const { command, parse } = fact.part;
  return { asked: { name: fact.name, command: command(names), parse }, names };
}

/** The value of a fact, with the entries that were observed again. An entry that was not found is absent now. */
export function withEntries(before: unknown, names: readonly string[], found: unknown): unknown {
  const isNamed = ([name]: [string, unknown]) => names.includes(name);
  const kept = Object.entries(before as object).filter((entry) => !isNamed(entry));
  return byName([...kept, ...Object.entries(found as object).filter(isNamed)]);
}
