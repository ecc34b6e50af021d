import { readFile } from "node:fs/promises";

interface Step {
  metadata: { op: string; urn: string; type: string };
}

interface EngineEvent {
  resourcePreEvent?: Step;
  resOutputsEvent?: Step;
}

/**
 * The changes of a run, from the engine's event log. A refresh reports what it found afterwards. A preview and an
 * update report each step before they take it.
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

/** A refresh reads each resource. A resource that differs gets another op. */
const quiet = new Set(["same", "refresh", "read"]);
