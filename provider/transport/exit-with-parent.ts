import { fstatSync, readFileSync } from "node:fs";

const everyMilliseconds = 250;

/**
 * Ends this process at once when the process that started it is gone. Otherwise a plugin outlives a killed Pulumi, and
 * goes on changing hosts unnoticed. The engine holds our standard input, and a shell script stands between the engine
 * and us. So both the end of the input and a change of our parent or grandparent count.
 */
export function endWithParent(end: () => never = () => process.exit(1)): void {
  const began = ancestors();
  setInterval(() => {
    if (ancestors() !== began) end();
  }, everyMilliseconds).unref();
  if (!isPipe(0)) return;
  process.stdin.once("end", end).once("error", end).resume();
  // The wait for the end of the input must not keep the process alive.
  if ("unref" in process.stdin) process.stdin.unref();
}

/** The PIDs of our parent and grandparent. Without /proc, only that of the parent. */
function ancestors(): string {
  const parent = process.ppid;
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, "utf8");
    // pid (name) state ppid …; the name may contain spaces and brackets.
    return `${parent} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]}`;
  } catch {
    return `${parent}`;
  }
}

function isPipe(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}
