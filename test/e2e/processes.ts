import { readdir, readFile } from "node:fs/promises";

/** All processes that have the given PULUMI_HOME in their environment, a command line each. */
export async function processesOf(pulumiHome: string): Promise<Record<number, string>> {
  const found: Record<number, string> = {};
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    // It may end while it is looked at; a zombie has neither.
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (!environment.split("\0").includes(`PULUMI_HOME=${pulumiHome}`)) continue;
    found[Number(pid)] = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
  }
  return found;
}
