import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { checkout } from "../../tools/checkout.js";
import { findToolchain } from "../../tools/toolchain.js";
import { type Command, type Ended, startCommand } from "./command.js";
import { changesOf } from "./events.js";
import { processesOf } from "./processes.js";

export interface StackOptions {
  /** The parent of the stack's own folder. */
  folder: string;
  /**
   * The text of an ES module (`import * as kvm from "pulumi-kvm"; …`), or a folder with a project and its Pulumi.yaml.
   */
  program: string;
  /** The configuration, as `pulumi config set` takes it. */
  config?: Record<string, string>;
  /** @default dev */
  name?: string;
  /** The installed packages. @default those of this checkout */
  modules?: string;
  /** Environment variables such as PULUMI_KVM_HOSTS. */
  env?: Record<string, string>;
}

/** The result of a Pulumi command. */
export interface Result extends Ended {
  /** The operation for each resource that changed: { lan: "update" }. */
  changes: Record<string, string>;
}

/** A Pulumi project with its own back end, home and folder. It runs the real CLI. */
export interface Stack {
  folder: string;
  /** Each command reads it again. */
  env: Record<string, string>;
  /** Replaces the program. */
  write(program: string): Promise<void>;
  up(...flags: string[]): Promise<Result>;
  preview(...flags: string[]): Promise<Result>;
  refresh(...flags: string[]): Promise<Result>;
  destroy(...flags: string[]): Promise<Result>;
  cancel(): Promise<Ended>;
  /** Starts a command that the test can watch and kill. */
  start(verb: Verb, ...flags: string[]): Promise<Running>;
  /** The resources of the state, by name. */
  resources(): Promise<Record<string, StateResource>>;
  /** The state as the CLI exports it. `import` reads such a file. */
  exported(): Promise<unknown>;
  import(file: string): Promise<void>;
  /** The raw text of the state file. */
  stateFile(): Promise<string>;
  outputs(): Promise<Record<string, unknown>>;
  /** The command lines of all running processes of this stack, by PID. */
  processes(): Promise<Record<number, string>>;
  remove(): Promise<void>;
}

export type Verb = "up" | "preview" | "refresh" | "destroy";

export interface Running extends Command {
  result: Promise<Result>;
}

export interface StateResource {
  urn: string;
  id?: string;
  type: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

export async function makeStack(options: StackOptions): Promise<Stack> {
  const { folder: parent, program, name = "dev", env = {}, config = {} } = options;
  const folder = await mkdtemp(join(parent, "stack-"));
  await symlink(options.modules ?? join(checkout, "node_modules"), join(folder, "node_modules"));
  await writeProject(folder, program);
  const state = join(folder, "backend/.pulumi/stacks/lab", `${name}.json`);
  const own = { ...(await isolated(folder)), ...env };
  const pulumi = (args: readonly string[]) =>
    startCommand("pulumi", [...args, "--non-interactive"], { cwd: folder, env: own });
  const start = async (verb: Verb, ...flags: string[]): Promise<Running> => {
    const log = join(await mkdtemp(join(folder, "events-")), "log");
    const command = pulumi([verb, ...usual[verb], `--event-log=${log}`, ...flags]);
    return { ...command, result: command.ended.then(async (end) => ({ ...end, changes: await changesOf(log) })) };
  };
  const whole = async (verb: Verb, flags: string[]) => (await start(verb, ...flags)).result;
  const printed = async (...args: string[]) => JSON.parse((await succeeded(pulumi(args))).stdout);
  await succeeded(pulumi(["stack", "init", name]));
  for (const [key, value] of Object.entries(config)) await succeeded(pulumi(["config", "set", key, value]));

  return {
    folder,
    env: own,
    write: (text) => writeFile(join(folder, "index.js"), text),
    up: (...flags) => whole("up", flags),
    preview: (...flags) => whole("preview", flags),
    refresh: (...flags) => whole("refresh", flags),
    destroy: (...flags) => whole("destroy", flags),
    cancel: () => pulumi(["cancel", "--yes"]).ended,
    start,
    resources: async () => byName((await printed("stack", "export")).deployment.resources ?? []),
    exported: () => printed("stack", "export"),
    import: async (file) => void (await succeeded(pulumi(["stack", "import", "--file", file]))),
    stateFile: () => readFile(state, "utf8"),
    outputs: () => printed("stack", "output", "--json"),
    processes: () => processesOf(own.PULUMI_HOME ?? ""),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** No preview before each run, because it would double the time. Tests of previews run them separately. */
const usual: Record<Verb, string[]> = {
  up: ["--yes", "--skip-preview"],
  preview: [],
  refresh: ["--yes", "--skip-preview"],
  destroy: ["--yes", "--skip-preview"],
};

/** Writes a project like that of a user, but in JavaScript, so that it needs no compiler. */
async function writeProject(folder: string, program: string): Promise<void> {
  if (isAbsolute(program)) return cp(program, folder, { recursive: true, filter: (path) => !notOfAProject.test(path) });
  const runtime = { name: "nodejs", options: { typescript: false } };
  await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify({ name: "lab", runtime, main: "index.js" }));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "lab", type: "module" }));
  await writeFile(join(folder, "index.js"), program);
}

/** Folders of a checkout that do not belong to a project. */
const notOfAProject = /\/(node_modules|bin|\.git|test|docs|bench|provider|components|tools)$/;

/** An environment without anything of the user who runs the tests: no stacks, no keys, no SSH configuration. */
async function isolated(folder: string): Promise<Record<string, string>> {
  const { path } = await findToolchain();
  for (const part of ["home", "backend"]) await mkdir(join(folder, part));
  return {
    PATH: `${path}:${process.env.PATH}`,
    HOME: join(folder, "home"),
    PULUMI_HOME: join(folder, "home/.pulumi"),
    // Otherwise it first writes an empty file beside the state and then fills it. A kill in between makes the state
    // unreadable.
    PULUMI_BACKEND_URL: `file://${join(folder, "backend")}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: "not a secret",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    // V8 takes a third of a short run to compile the SDK, in three processes each time.
    NODE_COMPILE_CACHE: join(checkout, "bin/.compile-cache"),
    PULUMI_DEBUG_COMMANDS: "1", // enables --event-log
  };
}

async function succeeded(command: Command): Promise<Ended> {
  const end = await command.ended;
  if (end.code !== 0) throw new Error(end.output);
  return end;
}

function byName(resources: StateResource[]): Record<string, StateResource> {
  return Object.fromEntries(resources.map((resource) => [resource.urn.split("::").at(-1), resource]));
}
