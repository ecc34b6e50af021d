import { diagnostics } from "./diagnostics";
import type { Voice } from "./stage";

/** Turns the output of Pulumi into one line for each finished operation, and knows the operations in progress. */
export interface Narrator {
  hear(line: string): void;
  /** The errors in the words of Pulumi. */
  errors(): string;
}

interface Underway extends Step {
  since: number;
}

export function narrator(voice: Voice): Narrator {
  const underway = new Map<string, Underway>();
  const planned = new Set<string>();
  const { hear: note, errors } = diagnostics();
  let [done, remark] = [0, ""];
  voice.meanwhile = () => [summary([...underway.values()]), remark].filter(Boolean).join(", ");

  const progress = (step: Step) => {
    const title = `${step.kind} ${step.name}`;
    const before = underway.get(title);
    if (step.ending === "planned") {
      planned.add(title);
    } else if (step.ending === undefined) {
      underway.set(title, { ...step, since: before?.since ?? performance.now() });
    } else if (underway.delete(title) && before) {
      remark = "";
      const count = step.ending === "failed" ? "" : `${++done} of ${planned.size}: `;
      voice.say(`${count}${title} ${step.ending} (${age(before.since)})`);
    }
  };
  const hear = (line: string) => {
    note(line);
    if (line.startsWith("Previewing")) voice.say("Making the plan");
    if (/^(Updating|Destroying)/.test(line)) voice.say(`${planned.size} operations`);
    remark = /Stack \S+ creating \(\S+\) (upload .*)/.exec(line)?.[1]?.trim() ?? remark;
    const step = readStep(line);
    if (step) progress(step);
  };
  return { hear, errors };
}

interface Step {
  kind: string;
  name: string;
  verb: string;
  /** The result, or "planned". Undefined while the operation runs. */
  ending?: string;
}

/** ` +  pulumi-nodejs:dynamic/kvm:Tap lab-deb1 creating (2s) …`: see the CLI's non-interactive display. */
function readStep(line: string): Step | undefined {
  const match = /^ [ +~-]+ +(\S+) (\S+) \**(creat|updat|delet)(e|ing|ed)\b( failed)?/.exec(line);
  const [, type = "", name = "", stem = "", suffix, failed] = match ?? [];
  // A component or the stack has no operation of its own: it lasts as long as its children.
  if (!type.startsWith("pulumi-nodejs:dynamic/")) return undefined;
  const step = { kind: type.split(":").at(-1) ?? type, name, verb: `${stem}ing` };
  if (suffix === "e") return { ...step, ending: "planned" };
  if (failed) return { ...step, ending: "failed" };
  return suffix === "ed" ? { ...step, ending: `${stem}ed` } : step;
}

/** "creating Guest lab-deb1, lab-deb2 (12 s)": grouped by kind, with the duration of the oldest operation. */
function summary(underway: Underway[]): string {
  const groups = new Map<string, string[]>();
  for (const { verb, kind, name } of underway) {
    const title = `${verb} ${kind}`;
    groups.set(title, [...(groups.get(title) ?? []), name]);
  }
  const texts = [...groups].map(([title, names]) => `${title} ${names.join(", ")}`);
  return texts.length > 0 ? `${texts.join("; ")} (${age(Math.min(...underway.map(({ since }) => since)))})` : "";
}

function age(since: number): string {
  const seconds = (performance.now() - since) / 1000;
  return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
}
