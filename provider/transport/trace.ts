import { tell } from "../core/printable";

const counts = new Map<string, number>();

/** The number of exchanges of this process with each host: commands, files, sockets, logins. */
export function roundTrips(): ReadonlyMap<string, number> {
  return counts;
}

/** Counts an exchange. With PULUMI_KVM_DEBUG=1, reports it on standard error, but never its content. */
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

function debug(host: string, text: string): void {
  if (process.env.PULUMI_KVM_DEBUG === "1") tell(`pulumi-kvm ${host}: ${text}`);
}
