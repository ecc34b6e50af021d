/**
 * For a kernel under emulation. Without it, the kernel panics with "IO-APIC + timer doesn't work!" when the emulating
 * machine is so busy that no timer tick arrives during the check.
 */
export const emulated = "no_timer_check";

/** The command line of a tiny guest in a direct boot. */
export const tinyKernelOptions = `console=ttyS0 quiet net.ifnames=0 ${emulated}`;
