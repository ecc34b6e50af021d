/**
 * No exchange with a host is without a limit in bytes and in time, at both ends. These are for what a host sends; the
 * time is given with each command.
 */
export const stdoutBytes = 64 << 20;
export const stderrBytes = 1 << 20;
/** What a login shell, a profile and sudo may print before our shell begins. */
export const beforeReadyBytes = 64 << 10;

/** When a host ends a command by itself: first it asks, then it kills. */
export interface HostLimit {
  seconds: number;
  killAfter: number;
}

/**
 * A little earlier than we give the command up here: so its end is an answer, and no lock stays held. Whole seconds,
 * because not every `timeout` knows others.
 */
export function hostLimit(seconds: number): HostLimit {
  const margin = Math.min(15, seconds / 3);
  return { seconds: Math.max(1, Math.floor(seconds - margin)), killAfter: Math.max(1, Math.floor(margin / 3)) };
}
