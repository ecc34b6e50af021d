/**
 * For a kernel under emulation. Without `no_timer_check`, the kernel panics with "IO-APIC + timer doesn't work!" when
 * the emulating machine is so busy that no timer tick arrives during the check. The other options leave out tests of
 * ciphers and the kernel's own certificates: a quarter of the CPU time until /init runs.
 */
export const emulated = "no_timer_check cryptomgr.notests initcall_blacklist=load_system_certificate_list";

/** The command line of a tiny guest in a direct boot. */
export const tinyKernelOptions = `console=ttyS0 quiet net.ifnames=0 ${emulated}`;
