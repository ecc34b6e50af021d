import { contains, familyOf, networkOf, parseCidr } from "../../core/addresses";

/**
 * Whether a gateway is outside the networks of a host that has only a single address (/32, /128), as some hosting
 * providers give it. Such a gateway works, but its route must be declared as on-link.
 */
export function isOffNetwork(gateway: string, addresses: readonly string[]): boolean {
  const family = familyOf(gateway);
  const own = addresses.map(parseCidr).filter((one) => one?.family === family);
  const isAlone = own.some((one) => one?.prefix === (family === 6 ? 128 : 32));
  return isAlone && !isOnLink(gateway, addresses);
}

export function isOnLink(gateway: string, addresses: readonly string[]): boolean {
  return gateway.toLowerCase().startsWith("fe80:") || addresses.some((cidr) => contains(networkOf(cidr), gateway));
}
