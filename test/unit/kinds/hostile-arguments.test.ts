import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import type { Kind, Plan, Wanted } from "../../../provider/core/kind";
import { text } from "../../../provider/core/shell";
import { kindOf } from "../../../provider/kinds";
import { imageFolder } from "../../../provider/kinds/image/image-store.fact";
import { checkArguments } from "../../../provider/lifecycle/check";
import { type Seen, viewOf } from "../../../provider/reconcile/host-view";
import { absentPlan, factsOf, presentPlan } from "../../../provider/reconcile/reconcile";
import { cases } from "../../contract/cases";
import { fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { type Given, tower } from "../support/given";
import { inheritedNames } from "../support/hostile";
import { outsideQuotes } from "../support/outside-quotes";

/** Every hostile value has this text, and nothing else has it. */
const marker = "PWNED";
const ends = [
  "",
  "'",
  '"',
  "\\",
  "\n",
  "$(",
  "`",
  ";",
  "&",
  "|",
  ">",
  "*",
  " ",
  "\0",
  "\ud800",
  "%",
  "@",
  "#",
  "//",
  "-",
];
const texts = fc
  .oneof(
    fc.constantFrom(...ends).map((end) => [end, end, end]),
    fc.tuple(fc.constantFrom(...ends), fc.constantFrom(...ends), fc.constantFrom(...ends)),
  )
  .map(([before, middle, after]) => `${before}${marker}${middle}${marker}${after}`);
const others = fc.constantFrom<unknown>(
  ...["", "all", "default", ".", "..", "../../x", "/", "a/../b", "-x", "fe80::1%eth0"],
  ...["@/usr/bin/x", "http://h/\nupload-file = x", "http://h/[1-9]{a,b}", "1\n2", "::ffff:1.2.3.4", "0x10", "💥"],
  ...inheritedNames,
  ...[0, -1, 1e300, 1e12, 5e-324, 0.1, 2 ** 53, -0, null, true, [], {}, [""], { toString: 1 }],
);
/** The value of an example with a hostile text at its end. */
const appended = (value: unknown) =>
  typeof value === "string" ? texts.map((hostile) => `${value}${hostile}`) : fc.constant(value);

type Path = readonly string[];

function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Given)[key], value);
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((inner, i) => (String(i) === key ? replaced(inner, rest, by) : inner));
  return { ...(value as Given), [key]: replaced((value as Given)[key], rest, by) };
}

/** An example with one hostile argument, and the hostile value. */
function hostileArguments(example: Given): fc.Arbitrary<{ given: Given; by: unknown }> {
  const whole = { host: tower, path: "lab/x", name: "x0", ...example };
  return fc
    .constantFrom(...leaves(whole).filter((path) => path.length > 0))
    .chain((path) =>
      fc
        .oneof(texts, others, appended(valueAt(whole, path)))
        .map((by) => ({ given: replaced(whole, path, by) as Given, by })),
    );
}

const scriptsOf = (plan: Plan) =>
  plan.flatMap((step) => {
    if (step.does === "run") return [text(step.command)];
    return step.does === "change" ? [step.stage, step.confirm, step.undo].map(text) : [];
  });

/** All scripts that a host could run for the resource: its plans and its facts. */
function scripts(kind: Kind, want: Wanted, seen: Seen): string[] {
  const facts = Object.values(factsOf(kind, want)).map(({ command }) => text(command));
  return [...scriptsOf(presentPlan(kind, want, seen)), ...scriptsOf(absentPlan(kind, want, seen)), ...facts];
}

/** Words that may stand without quotes: a plain text, also without its margins, or a path as a mark encodes it. */
function bareWords(by: unknown): string[] {
  const isPlain = (text: string) => /^[A-Za-z0-9_@%+=:,./-]+$/.test(text);
  if (typeof by !== "string" || /\p{Cs}/u.test(by)) return [];
  if (isPlain(by.trim())) return [marker];
  return isPlain(encodeURI(by)) ? [encodeURI(by)] : [];
}

/** A fetch has limits in time and in bytes. Its URL is no argument, because all users of a host can read arguments. */
function isLimited(line: string): boolean {
  const rules = [/(-m|--max-time|timeout) \d/, /--max-filesize |-O \/dev\/null/, /(--config |--input-file=)-(?!\w)/];
  return rules.every((rule) => rule.test(line));
}

/** Finds text of an argument in the place of syntax, qemu-img as root, and a fetch without limits. */
function faults(script: string, bare: readonly string[]): string[] {
  const { outside, inner } = outsideQuotes(script);
  const lines = bare.reduce((all, word) => all.replaceAll(word, "word"), outside).split("\n");
  const found = [
    ...lines.filter((line) => line.includes(marker)),
    ...lines.filter((line) => /(?<!timeout -k 5 60 |with: )qemu-img (create|resize|convert|info|check)/.test(line)),
    ...lines.filter((line) => /\b(curl|wget) -[a-z]/i.test(line) && !isLimited(line)),
  ];
  return [...found, ...inner.flatMap((one) => faults(one, bare))];
}

/** Checks all scripts with one process. Each becomes the body of a function. */
function areShell(all: readonly string[]): void {
  const wrapped = all.map((script, i) => `f${i}() {\n:\n${script}\n}`).join("\n");
  const { status, stderr } = spawnSync("dash", ["-n"], { input: wrapped, encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
}

describe("a hostile argument that check accepts", () => {
  for (const [name, { examples, seed }] of Object.entries(cases)) {
    it(`gives valid shell for ${name}, never becomes syntax, and causes no exception`, async () => {
      const kind = kindOf(name);
      const machine = fakeMachine();
      machine.write("/proc/sys/net/ipv4/ip_forward", "0\n");
      // The store has a user already, so the next step is a fetch.
      machine.write(`${imageFolder}/users/another`, "");
      seed?.(machine);
      const all: string[] = [];
      for (const example of examples) {
        const right = checkArguments(kind, {}, { host: tower, path: "lab/x", ...example });
        assert.deepEqual(right.failures, [], "the example is right");
        const view = viewOf(tower, async () => transportTo(machine));
        const seen = await view.observeAnew(factsOf(kind, right.inputs as unknown as Wanted));
        all.push(...scripts(kind, right.inputs as unknown as Wanted, seen));
        fc.assert(
          fc.property(hostileArguments(example), ({ given, by }) => {
            const { inputs, failures } = checkArguments(kind, {}, given);
            for (const { reason } of failures) assert.equal(typeof reason, "string");
            if (failures.length > 0) return;
            const made = scripts(kind, inputs as unknown as Wanted, seen);
            assert.deepEqual(
              made.flatMap((script) => faults(script, bareWords(by))),
              [],
            );
            all.push(...made);
          }),
          { numRuns: 400 },
        );
      }
      machine.remove();
      areShell([...new Set(all)]);
    }).timeout(120_000);
  }
});

describe("outsideQuotes", () => {
  it("returns the parts that a shell interprets as syntax", () => {
    const outside = (script: string) => outsideQuotes(script).outside;
    assert.equal(outside(`echo 'a'\\''PWNED' b`), "echo  b");
    assert.match(outside(`echo 'a' PWNED 'b'`), /PWNED/);
    assert.match(outside(`echo "host's $(echo 'x' PWNED)"`), /PWNED/);
    assert.doesNotMatch(outside(`echo "host's $(echo 'PWNED')" # it's PWNED\necho 'PWNED'`), /PWNED/);
    assert.deepEqual(outsideQuotes(`printf %s '#!/bin/sh\necho '\\''x'\\'' y'`).inner, ["#!/bin/sh\necho 'x' y"]);
  });
});
