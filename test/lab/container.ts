import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { checkout } from "../../tools/checkout";

export interface Container {
  /** The present state. "up" only says that the container has begun to boot. */
  state(): "off" | "up";
  on(): Promise<void>;
  /** Turns it off like a power cut. */
  cut(): Promise<void>;
  /** Resolves when it reboots or turns off by itself after `cause`. */
  goes(way: "off" | "rebooting", cause: () => Promise<unknown>): Promise<void>;
  /** The PID of its first process on this machine. */
  leader(): Promise<number>;
  /** The last lines of its console output. */
  console(): Promise<string>;
  /** Ends it, and deletes everything that belongs to it. */
  close(): Promise<void>;
}

export interface Machine {
  name: string;
  lower: string;
  folder: string;
  cgroup: string;
  netns: string;
  nspawn: string[];
  env: Record<string, string>;
}

/** A container that is off. It ends together with this process, however that ends: see supervisor.sh. */
export function makeContainer({ name, lower, folder, cgroup, netns, nspawn, env }: Machine): Container {
  const supervisor = ["sh", join(checkout, "test/lab/supervisor.sh"), name, lower, folder, cgroup, ...nspawn];
  const ownNamespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", ...supervisor];
  const child = execa("nsenter", [`--net=/run/netns/${netns}`, ...ownNamespaces], {
    detached: true, // a terminal sends Ctrl-C only to the run, which then ends this in its own order
    ...{ env, stdin: "pipe", stdout: "pipe", stderr: "pipe", reject: false, buffer: { stdout: false } },
  });
  const said = new EventEmitter();
  let state: "off" | "up" = "off";
  const hear = (line: string) => {
    const [word = ""] = line.split(" ");
    if (word === "off" || word === "up") state = word;
    said.emit(word);
  };
  createInterface(child.stdout).on("line", hear);
  child.then(({ stderr }) => hear(`off, and its supervisor too: ${stderr}`));
  const hears = (word: string) =>
    once(said, word, { signal: AbortSignal.timeout(90_000) }).catch(() => {
      throw new Error(`The container ${name} did not go ${word} within 90 s`);
    });

  return {
    state: () => state,
    on: async () => void (await Promise.all([hears("up"), child.stdin.write("on\n")])),
    cut: async () => {
      const leader = await leaderBelow(Number(child.pid));
      await Promise.all([hears("off"), process.kill(leader, "SIGKILL")]);
    },
    goes: async (way, cause) => void (await Promise.all([hears(way), cause()])),
    leader: () => leaderBelow(Number(child.pid)),
    console: async () => (await readFile(join(folder, "console.log"), "utf8")).split("\n").slice(-30).join("\n"),
    close: async () => {
      child.stdin.end();
      await child;
    },
  };
}

/** The container's init is the descendant that is PID 1 of a PID namespace inside the supervisor's namespace. */
async function leaderBelow(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const numbers = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split("\t") ?? [];
  if (numbers.length > depthOfSupervisor && numbers.at(-1) === "1") return pid;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  for (const child of children.split(" ").filter(Boolean)) {
    const leader = await leaderBelow(Number(child)).catch(() => undefined); // it may have ended
    if (leader) return leader;
  }
  throw new Error("the container is not running");
}
const depthOfSupervisor = 2;
