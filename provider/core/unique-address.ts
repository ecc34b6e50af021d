import { canonicalAddress } from "./addresses";

/** Addresses that must be unique on a network. Another bridge of the host may have the same subnet. */
export function onNetwork(network: string, property: string, cidrs: readonly string[]): Record<string, string> {
  const addresses = cidrs.map((cidr) => canonicalAddress(cidr.split("/")[0] ?? ""));
  return Object.fromEntries(addresses.map((address, i) => [`${property}.${i}`, `${address} on ${network}`]));
}
