/** After this time, SIGKILL ends the processes that are still running. */
const patienceMilliseconds = 5000;

/** Ends a child that leads its own process group, and all processes in the group. */
export function endGroup(pid: number | undefined): void {
  if (pid === undefined || !signal(pid, "SIGTERM")) return;
  setTimeout(() => signal(pid, "SIGKILL"), patienceMilliseconds).unref();
}

const leaders = new Set<number>();

/** Ends the group also when this process ends. @returns a function that ends the group now */
export function endWithUs(pid: number | undefined): () => void {
  if (leaders.size === 0) process.on("exit", endAll);
  if (pid !== undefined) leaders.add(pid);
  return () => {
    if (pid !== undefined) leaders.delete(pid);
    if (leaders.size === 0) process.off("exit", endAll);
    endGroup(pid);
  };
}

function endAll(): void {
  for (const pid of leaders) endGroup(pid);
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, name);
  } catch {
    // Already gone.
    return false;
  }
}
