import { Listr, PRESET_TIMER } from "listr2";
import { Interrupted, interruption } from "./interrupt";

/** How a stage reports its progress. */
export interface Voice {
  say(text: string): void;
  /** The current work, for a report after some silence. @default the last report */
  meanwhile?: () => string;
}

type Work<T> = (voice: Voice) => Promise<T>;

/**
 * A step of the demo. On a terminal it is one line that changes; otherwise it prints lines with the time. It reports
 * something every few seconds. After a Ctrl-C no stage begins.
 */
export async function stage<T>(title: string, work: Work<T>): Promise<T> {
  if (interruption.aborted) throw new Interrupted();
  return lastly(title, work);
}

/** A stage that cleans up. It begins also after a Ctrl-C. */
export async function lastly<T>(title: string, work: Work<T>): Promise<T> {
  let outcome: Promise<T> | undefined;
  const task = async (_: unknown, line: Line) => {
    outcome = aloud(title, line, work);
    await outcome.catch(() => {
      throw new Error("see below"); // main() prints the reason once
    });
  };
  await new Listr([{ title, task, rendererOptions: { outputBar: 3 } }], rendering).run().catch(() => {});
  if (!outcome) throw new Error(`${title} did not run`);
  return outcome;
}

/** The part of listr2's task that we use. */
interface Line {
  title: string;
  output: string;
}

/** On a terminal without a width, each line would have one letter. */
const live = Boolean(process.stdout.isTTY) && process.stdout.columns > 20;
const patience = 9_500; // milliseconds of silence

const time = { condition: true, field: () => elapsed().padStart(9), format: () => (text?: string) => text ?? "" };
const rendering = {
  registerSignalListeners: false,
  renderer: live ? ("default" as const) : ("simple" as const),
  rendererOptions: { timer: PRESET_TIMER, timestamp: time },
};

async function aloud<T>(title: string, line: Line, work: Work<T>): Promise<T> {
  const since = performance.now();
  let [last, spoke] = [title, since];
  const speak = (text: string) => {
    spoke = performance.now();
    line.output = text;
  };
  const voice: Voice = {
    say(text) {
      last = text;
      speak(text);
    },
  };
  const pulse = setInterval(() => {
    const [now, doing] = [performance.now(), voice.meanwhile?.()];
    if (live) line.title = `${title}, ${seconds(now - since)}${doing ? `: ${doing}` : ""}`;
    else if (now - spoke > patience) speak(doing || `${last} (${seconds(now - since)} so far)`);
  }, 1_000);
  try {
    return await work(voice);
  } finally {
    clearInterval(pulse);
    if (live) line.title = title;
  }
}

const began = performance.now();

/** The time since the process began. */
function elapsed(): string {
  return seconds(performance.now() - began);
}

function seconds(milliseconds: number): string {
  const s = Math.round(milliseconds / 1000);
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
}

export function print(text: string): void {
  console.log(text);
}

/** Prints a line with the time, as a stage does. */
export function announce(text: string): void {
  console.log(`  [${elapsed().padStart(9)}] ${text}`);
}
