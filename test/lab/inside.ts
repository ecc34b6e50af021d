import { execa } from "execa";
import type { Container } from "./container";

export interface Input {
  input?: string;
  inputFile?: string;
  timeout?: number;
}

/** Runs a script as root in the container. It needs no network. */
export async function execIn(
  container: Container,
  script: string,
  { timeout = 60_000, ...given }: Input = {},
): Promise<string> {
  const input = "inputFile" in given ? given : { input: "", ...given };
  const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"];
  const clean = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"];
  const target = ["--target", String(await container.leader())];
  const command = [...target, ...namespaces, ...clean, "sh", "-c", script];
  const { stdout, stderr, failed, exitCode } = await execa("nsenter", command, { ...input, timeout, reject: false });
  if (failed) throw new Error(`${script}\nended with ${exitCode ?? "no exit code"}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Runs a script that also ends our own process in the container, such as a reboot. */
export const begin = (container: Container, script: string) => execIn(container, script).catch(() => {});
