import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { type Options as ExecaOptions, execa, type ResultPromise } from "execa";
import { checkout } from "../checkout";
import { Interrupted, interruption } from "./interrupt";
import { narrator } from "./narrator";
import type { Site } from "./site";
import { print, type Voice } from "./stage";

/** An example as a separate project. It uses the real CLI, with its own home folder and its own state. */
export interface Stack {
  configure(values: Record<string, string | undefined>): Promise<void>;
  /** With `final`, a Ctrl-C does not stop it. */
  run(command: "up" | "destroy", voice: Voice, options?: { final?: boolean }): Promise<void>;
  outputs(): Promise<Record<string, unknown>>;
  /** Removes the project and its state. */
  forget(): Promise<void>;
}

const stack = ["--stack", "demo"];

export async function openStack(example: string, site: Site, path: string): Promise<Stack> {
  const cwd = join(site.folder, "project");
  await copyProject(join(checkout, "examples", example), cwd);
  const env = await environment(site, path);
  const options = { cwd, env, detached: true, stdin: "ignore" } as const satisfies ExecaOptions;
  const pulumi = (...args: string[]) => execa("pulumi", [...args, "--non-interactive", "--color", "never"], options);
  return {
    configure: async (values) => {
      const pairs = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
      await pulumi("stack", "select", "demo", "--create");
      await pulumi(
        "config",
        "set-all",
        ...stack,
        ...pairs.flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]),
      );
    },
    run: async (command, voice, { final = false } = {}) => {
      await told(command, pulumi(command, "--yes", ...stack), voice, final ? undefined : interruption);
    },
    outputs: async () => JSON.parse((await pulumi("stack", "output", "--json", ...stack)).stdout),
    forget: () => rm(site.folder, { recursive: true, force: true }),
  };
}

/** Copies the project, as a user would. It uses the installed packages of the checkout. */
async function copyProject(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  await rm(join(to, "node_modules"), { force: true });
  await symlink(join(checkout, "node_modules"), join(to, "node_modules"));
}

async function environment(site: Site, path: string): Promise<Record<string, string>> {
  const [home, state] = [join(site.folder, "home"), join(site.folder, "state")];
  for (const folder of [home, state]) await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    ...site.env,
    PATH: `${path}${delimiter}${process.env.PATH}`,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: "demo",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_STACK: "",
  };
}

/** Runs Pulumi and reports its progress. After an interruption Pulumi gets some time to end by itself. */
async function told(command: string, child: ResultPromise, voice: Voice, signal?: AbortSignal): Promise<void> {
  const tell = narrator(voice);
  const hear = process.env.PULUMI_KVM_DEBUG === "1" ? print : tell.hear;
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on("line", hear);
  const ending = endsWith(child, signal);
  try {
    await child;
  } catch {
    if (signal?.aborted) throw new Interrupted();
    throw new Error(`"pulumi ${command}" failed.\n${tell.errors() || "It printed no reason."}`);
  } finally {
    ending.forget();
  }
}

const patience = 15_000;

/**
 * Passes an interruption on to Pulumi. Pulumi has its own process group, so that a Ctrl-C in the terminal does not reach
 * it twice. After the first SIGINT, Pulumi finishes its current operations, for example the boot of a guest. The second
 * SIGINT ends it.
 */
function endsWith(child: ResultPromise, signal: AbortSignal | undefined) {
  let timer: NodeJS.Timeout | undefined;
  const kill = (name: NodeJS.Signals) => {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  };
  const ask = () => {
    kill("SIGINT");
    timer = setTimeout(() => kill("SIGINT"), patience);
  };
  const end = () => kill("SIGKILL");
  signal?.addEventListener("abort", ask);
  process.on("exit", end);
  return {
    forget() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", ask);
      process.removeListener("exit", end);
    },
  };
}
