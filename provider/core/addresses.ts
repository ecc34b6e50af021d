import ipaddr from "ipaddr.js";

/** CIDR arithmetic for IPv4 and IPv6. Every text that comes in is untrusted. */

/** An address with its prefix length, as on an interface: "192.168.50.1/24". */
export interface InterfaceAddress {
  address: string;
  prefix: number;
  family: 4 | 6;
}

/** @returns undefined when the text is not a CIDR */
export function parseCidr(text: string): InterfaceAddress | undefined {
  if (!/^[0-9a-fA-F.:]+\/\d{1,3}$/.test(text)) return undefined;
  try {
    const [address, prefix] = ipaddr.parseCIDR(text);
    if (address.kind() === "ipv4" && !isPlainIpv4(text.split("/")[0] ?? "")) return undefined;
    return { address: address.toString(), prefix, family: address.kind() === "ipv4" ? 4 : 6 };
  } catch {
    return undefined;
  }
}

/** 4 or 6. Undefined when the text is not an address. */
export function familyOf(text: string): 4 | 6 | undefined {
  if (isPlainIpv4(text)) return 4;
  return text.includes(":") && ipaddr.IPv6.isValid(text) ? 6 : undefined;
}

/** The shortest form, as `ip` prints it. Two spellings of one address become equal. */
export function canonical(cidr: string): string {
  const parsed = parseCidr(cidr);
  return parsed ? `${parsed.address}/${parsed.prefix}` : cidr;
}

export function canonicalAddress(address: string): string {
  return familyOf(address) ? ipaddr.parse(address).toString() : address;
}

/** Whether an address lies in the network that a CIDR names. */
export function contains(cidr: string, address: string): boolean {
  const network = parseCidr(cidr);
  if (!network || familyOf(address) !== network.family) return false;
  const [ip, range] = [ipaddr.parse(address), ipaddr.parse(network.address)];
  return ip.kind() === range.kind() && ip.match(range as ipaddr.IPv4 & ipaddr.IPv6, network.prefix);
}

/** Whether an address stands for the whole network: IPv4's first, and its last, the broadcast (RFC 919, RFC 3021). */
export function isNoHost(cidr: string, address: string): boolean {
  const network = parseCidr(cidr);
  if (network?.family !== 4 || network.prefix > 30) return false;
  const ends = [ipaddr.IPv4.networkAddressFromCIDR(cidr), ipaddr.IPv4.broadcastAddressFromCIDR(cidr)];
  return ends.some((end) => end.toString() === address);
}

/** The network of a CIDR: "192.168.50.1/24" gives "192.168.50.0/24". */
export function networkOf(cidr: string): string {
  const parsed = parseCidr(cidr);
  if (!parsed) return cidr;
  const network =
    parsed.family === 4 ? ipaddr.IPv4.networkAddressFromCIDR(cidr) : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  return `${network.toString()}/${parsed.prefix}`;
}

/**
 * The n-th address of a network, with its prefix: hostAt("192.168.50.0/24", 1) is "192.168.50.1/24". It does not stop at
 * the end of the network; check the result with `contains`.
 */
export function hostAt(cidr: string, n: number): string {
  const [network = "", prefix = ""] = networkOf(cidr).split("/");
  const bytes = ipaddr.parse(network).toByteArray();
  let rest = n;
  for (let i = bytes.length - 1; i >= 0 && rest > 0; i--) {
    const sum = (bytes[i] ?? 0) + rest;
    bytes[i] = sum % 256;
    rest = Math.floor(sum / 256);
  }
  return `${ipaddr.fromByteArray(bytes).toString()}/${prefix}`;
}

/** The link-local address that a kernel makes from a MAC by EUI-64 (RFC 4291, appendix A). */
export function linkLocal(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  const bytes = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f];
  return ipaddr.fromByteArray(bytes).toString();
}

/** Refuses "10.1" and octal numbers, which ipaddr.js takes, and which users do not mean. */
function isPlainIpv4(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}
