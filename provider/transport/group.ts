/** What is still there after so long is ended for good. */
const patienceMilliseconds = 5000;

/** Ends a child that leads a group of its own, and all that it started in it. */
export function endGroup(pid: number | undefined): void {
  if (pid === undefined || !signal(pid, "SIGTERM")) return;
  setTimeout(() => signal(pid, "SIGKILL"), patienceMilliseconds).unref();
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, name);
  } catch {
    // Already gone.
    return false;
  }
}
