import { fstatSync, readFileSync } from "node:fs";

const everyMilliseconds = 250;

/**
 * Ends this process, at once, when the one that started it is gone: a plugin that outlives a killed Pulumi would go on
 * changing hosts behind everybody's back. The engine holds our standard input, and a shell script stands between it
 * and us: so both the input's end and a change among our ancestors count.
 */
export function endWithParent(end: () => never = () => process.exit(1)): void {
  const began = ancestors();
  setInterval(() => {
    if (ancestors() !== began) end();
  }, everyMilliseconds).unref();
  if (!isPipe(0)) return;
  process.stdin.once("end", end).once("error", end).resume();
  // To wait for its end must not keep us from ending.
  if ("unref" in process.stdin) process.stdin.unref();
}

/** Our parent and its parent; where /proc is missing, the parent alone. */
function ancestors(): string {
  const parent = process.ppid;
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, "utf8");
    // pid (name) state ppid …; the name may hold spaces and brackets.
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
