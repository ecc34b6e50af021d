/**
 * For a kernel under emulation: "IO-APIC + timer doesn't work!" is its panic when the machine that emulates it is so busy
 * that no tick comes while it looks for one.
 */
export const emulated = "no_timer_check";

/** What a tiny guest boots with when it boots directly. */
export const tinyKernelOptions = `console=ttyS0 quiet net.ifnames=0 ${emulated}`;
