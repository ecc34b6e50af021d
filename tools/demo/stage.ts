import { Listr, PRESET_TIMER } from "listr2";
import { Interrupted, interruption } from "./interrupt";

/** How a stage tells what it does. */
export interface Voice {
  say(text: string): void;
  /** What goes on, for when nothing was said for a while. @default what was said last */
  meanwhile?: () => string;
}

type Work<T> = (voice: Voice) => Promise<T>;

/**
 * Something that takes a while: a line that lives on a terminal, lines with the time elsewhere, and never silent for
 * long. After a Ctrl-C no stage begins.
 */
export async function stage<T>(title: string, work: Work<T>): Promise<T> {
  if (interruption.aborted) throw new Interrupted();
  return lastly(title, work);
}

/** A stage that cleans up: it begins whatever has happened. */
export async function lastly<T>(title: string, work: Work<T>): Promise<T> {
  let outcome: Promise<T> | undefined;
  const task = async (_: unknown, line: Line) => {
    outcome = aloud(title, line, work);
    await outcome.catch(() => {
      throw new Error("see below"); // the reason is said once, by whoever catches it
    });
  };
  await new Listr([{ title, task, rendererOptions: { outputBar: 3 } }], rendering).run().catch(() => {});
  if (!outcome) throw new Error(`${title} did not run`);
  return outcome;
}

/** What we need of listr2's task. */
interface Line {
  title: string;
  output: string;
}

/** A terminal without a width would show a letter a line. */
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

/** Since the process began. */
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

/** A line with the time, as a stage's lines have it. */
export function announce(text: string): void {
  console.log(`  [${elapsed().padStart(9)}] ${text}`);
}
