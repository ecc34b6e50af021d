/** After this time, SIGKILL ends the processes that are still running. When this process ends, they get less time. */
const [patienceMilliseconds, lastPatienceMilliseconds] = [5000, 200];

/** The groups that must not outlive this process, by the process id of their leaders. */
const groups = new Set<number>();

/** Ends a child that leads its own process group, and all processes in the group. */
export function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  remember(pid);
  const kill = () => {
    signal(pid, "SIGKILL");
    forget(pid);
  };
  if (signal(pid, "SIGTERM")) setTimeout(kill, patienceMilliseconds).unref();
  else forget(pid);
}

/** Ends the group also when this process ends. @returns a function that ends the group now */
export function endWithUs(pid: number | undefined): () => void {
  if (pid !== undefined) remember(pid);
  return () => endGroup(pid);
}

/** Ends all groups before it returns: when this process ends, no timer runs any more. */
export function endAllGroups(): void {
  const running = [...groups].filter((pid) => signal(pid, "SIGTERM"));
  if (running.length > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lastPatienceMilliseconds);
  for (const pid of running) signal(pid, "SIGKILL");
  for (const pid of groups) forget(pid);
}

/** One listener for all groups, because Node warns of a leak when there are many. */
function remember(pid: number): void {
  if (groups.size === 0) process.on("exit", endAllGroups);
  groups.add(pid);
}

function forget(pid: number): void {
  groups.delete(pid);
  if (groups.size === 0) process.off("exit", endAllGroups);
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, name);
  } catch {
    // Already gone.
    return false;
  }
}
