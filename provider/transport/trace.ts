import { tell } from "../core/printable";

const counts = new Map<string, number>();

/** How many exchanges each host has had from this process: commands, files, sockets, logins. */
export function roundTrips(): ReadonlyMap<string, number> {
  return counts;
}

/** Counts an exchange and, with PULUMI_KVM_DEBUG=1, says on standard error that it was; never what was in it. */
export async function traced<T>(host: string, purpose: string, bytes: number, exchange: () => Promise<T>): Promise<T> {
  counts.set(host, (counts.get(host) ?? 0) + 1);
  const began = performance.now();
  let end = "failed";
  try {
    const result = await exchange();
    end = "done";
    return result;
  } finally {
    debug(host, `${purpose}: ${end} in ${(performance.now() - began).toFixed(1)} ms, ${bytes} B sent`);
  }
}

export function debug(host: string, text: string): void {
  if (process.env.PULUMI_KVM_DEBUG === "1") tell(`pulumi-kvm ${host}: ${text}`);
}
