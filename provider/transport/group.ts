/** What is still there after so long is ended for good. */
const patienceMilliseconds = 5000;

/** Ends a child that leads a group of its own, and all that it started in it. */
export function endGroup(pid: number | undefined): void {
  if (pid === undefined || !signal(pid, "SIGTERM")) return;
  setTimeout(() => signal(pid, "SIGKILL"), patienceMilliseconds).unref();
}

const leaders = new Set<number>();

/** Ends the group also when this process ends. @returns ends it now */
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
