import { canonicalAddress } from "./addresses";

/** Addresses as nobody else on that network may have them: the same subnet may be on another bridge of the host. */
export function onNetwork(network: string, property: string, cidrs: readonly string[]): Record<string, string> {
  const addresses = cidrs.map((cidr) => canonicalAddress(cidr.split("/")[0] ?? ""));
  return Object.fromEntries(addresses.map((address, i) => [`${property}.${i}`, `${address} on ${network}`]));
}
