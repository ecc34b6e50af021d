import { readdir, readFile } from "node:fs/promises";

/** The command lines of all processes with this PULUMI_HOME in their environment, by PID. */
export async function processesOf(pulumiHome: string): Promise<Record<number, string>> {
  const found: Record<number, string> = {};
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    // The process may end while it is read. A zombie has neither file.
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (!environment.split("\0").includes(`PULUMI_HOME=${pulumiHome}`)) continue;
    found[Number(pid)] = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
  }
  return found;
}
