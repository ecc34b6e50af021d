import { readFile } from "node:fs/promises";

interface Step {
  metadata: { op: string; urn: string; type: string };
}

interface EngineEvent {
  resourcePreEvent?: Step;
  resOutputsEvent?: Step;
}

/**
 * What the engine says that it did, from its event log. A refresh says what it found only afterwards, and a preview
 * and an update say before what they are about to do.
 */
export async function changesOf(log: string): Promise<Record<string, string>> {
  const events = (await readFile(log, "utf8").catch(() => ""))
    .split("\n")
    .slice(0, -1) // the CLI may end in the middle of its last line
    .map((line) => JSON.parse(line) as EngineEvent);
  const steps = events.flatMap(({ resourcePreEvent, resOutputsEvent }) => resOutputsEvent ?? resourcePreEvent ?? []);
  const told = steps.filter(({ metadata: { op, type } }) => !quiet.has(op) && !type.startsWith("pulumi:"));
  return Object.fromEntries(told.map(({ metadata: { op, urn } }) => [urn.split("::").at(-1) ?? "", op]));
}

/** A refresh reads each resource; what it found different has another op. */
const quiet = new Set(["same", "refresh", "read"]);
