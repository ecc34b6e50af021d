/**
 * Every exchange with a host has a limit in bytes and in time, at both ends. These constants limit the bytes from a
 * host. Each command has its own time limit.
 */
export const stdoutBytes = 64 << 20;
export const stderrBytes = 1 << 20;
/** The number of bytes that a login shell, a profile and sudo may print before our shell begins. */
export const beforeReadyBytes = 64 << 10;

/** When a host ends a command by itself: SIGTERM after `seconds`, and SIGKILL another `killAfter` seconds later. */
export interface HostLimit {
  seconds: number;
  killAfter: number;
}

/**
 * The host's limit is a little shorter than ours. So the host can still answer, and no lock stays held. Whole seconds,
 * because not every `timeout` accepts fractions.
 */
export function hostLimit(seconds: number): HostLimit {
  const margin = Math.min(15, seconds / 3);
  return { seconds: Math.max(1, Math.floor(seconds - margin)), killAfter: Math.max(1, Math.floor(margin / 3)) };
}
