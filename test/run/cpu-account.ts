import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Counts the CPU time of a job with all its descendants: the systemd of a host in a container, and QEMU. The shell's
 * times(1) does not know processes whose parent has ended. It needs the controller cpuacct of cgroup v1.
 */
export interface CpuAccount {
  /** A process that writes its id here belongs to the account, with its descendants. "/dev/null" without the controller. */
  enter: string;
  /** Ends the account. Undefined without the controller. */
  close(): number | undefined;
}

const controller = "/sys/fs/cgroup/cpuacct";

export function openCpuAccount(name: string): CpuAccount {
  const group = join(controller, `pulumi-kvm-test-${process.pid}-${name.replaceAll("/", "-")}`);
  try {
    mkdirSync(group);
  } catch {
    return { enter: "/dev/null", close: () => undefined };
  }
  return {
    enter: join(group, "cgroup.procs"),
    close() {
      const nanoseconds = Number(readFileSync(join(group, "cpuacct.usage"), "utf8"));
      try {
        rmdirSync(group);
      } catch {
        // A process of the job still runs. The group goes with the next boot of the machine.
      }
      return nanoseconds / 1e9;
    },
  };
}
