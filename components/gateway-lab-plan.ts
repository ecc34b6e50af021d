import { contains, familyOf, hostAt, isNoHost, parseCidr } from "../provider/addresses";
import type { HostForward, Nic } from "../provider/guest/arguments";
import { misshapenGatewayLab } from "./gateway-lab-schema";
import { type LabArgs, type LabGuest, type LabMember, labMember } from "./lab-guest";

/** What the lab of the tutorial should be; `host` and `image` are enough. */
export interface GatewayLabArgs extends LabArgs {
  /** The private network. The gateway has its first address. @default "192.168.50.0/24" */
  cidr?: string;
  /** The router. @default deb1 */
  gateway?: GatewayLabGuest & { /** @default "deb1" */ name?: string; hostForwards?: HostForward[] };
  /** The guests behind it by name, or how many: deb2, deb3 … Their own user data runs once the gateway routes. @default 2 */
  guests?: number | Record<string, GatewayLabGuest>;
  /** What the guests prove besides pinging each other: that they fetch this page through the gateway. */
  probe?: { url?: string /** A failed proof fails the update. @default true */; required?: boolean };
  /** Whom the guests behind the gateway ask for names. @default QEMU's forwarder on the gateway's user-mode network, 10.0.2.3 */
  nameservers?: string[];
}

export interface GatewayLabGuest extends LabGuest {
  /** Its address on the private network. @default the next one */
  address?: string;
}

/** A guest with its address on the private network. */
export interface GatewayLabMember extends LabMember {
  address: string;
}

const defaultCidr = "192.168.50.0/24";

/** Where QEMU's user-mode network answers for the host's own name servers (qemu-system(1), -netdev user,dns=). */
const forwarder = "10.0.2.3";

/** The gateway first. */
export function members(args: GatewayLabArgs): [GatewayLabMember, ...GatewayLabMember[]] {
  const { name = "deb1", hostForwards, ...gateway } = args.gateway ?? {};
  const uplink: Nic = { user: hostForwards ? { hostForwards } : {} };
  const router = { ...member(args, name, gateway, 1), uplinks: [uplink] };
  const nameservers = args.nameservers ?? [forwarder];
  const behind = { gateway: router.address, nameservers };
  const others = Object.entries(guestsOf(args)).map(([guest, wish], i) => member(args, guest, wish, i + 2, behind));
  return [router, ...others];
}

/** What cannot be right, each with the argument's name; seen in preview. */
export function mistakes(args: GatewayLabArgs): string[] {
  const shape = misshapenGatewayLab(args);
  if (shape.length > 0) return shape;
  const cidr = args.cidr ?? defaultCidr;
  if (!parseCidr(cidr)) return [`cidr: "${cidr}" is no network; ${defaultCidr} is one`];
  const [router, ...others] = members(args);
  const named = [["gateway", router] as const, ...others.map((other) => [`guests.${other.name}`, other] as const)];
  return [
    ...named.flatMap(([path, { address }]) => wrongAddress(path, address, cidr)),
    ...twice(named.map(([path, { address }]) => [`${path}.address`, address])),
    ...twice(named.flatMap(([path, { nic }]) => (nic.macAddress ? [[`${path}.nic.macAddress`, nic.macAddress]] : []))),
    ...twice(named.map(([path, { name }]) => [`${path}.name`, name])),
  ];
}

function guestsOf({ guests = 2 }: GatewayLabArgs): Record<string, GatewayLabGuest> {
  if (typeof guests !== "number") return guests;
  return Object.fromEntries(Array.from({ length: guests }, (_, i) => [`deb${i + 2}`, {}]));
}

/** @param place among the addresses of the network, when it says none */
function member(
  { cidr = defaultCidr }: GatewayLabArgs,
  name: string,
  wish: GatewayLabGuest,
  place: number,
  more: { gateway?: string; nameservers?: string[] } = {},
): GatewayLabMember {
  const address = wish.address ?? (hostAt(cidr, place).split("/")[0] as string);
  const network = { addresses: [`${address}/${cidr.split("/")[1]}`], ...more };
  return { ...labMember(name, wish, network), address };
}

function wrongAddress(path: string, address: string, cidr: string): string[] {
  if (!familyOf(address)) return [`${path}.address: "${address}" is no address`];
  if (!contains(cidr, address)) return [`${path}.address: ${address} is not in ${cidr}`];
  return isNoHost(cidr, address) ? [`${path}.address: ${address} is that of ${cidr} itself, and no machine's`] : [];
}

function twice(entries: string[][]): string[] {
  return entries.flatMap(([path, value], i) => {
    const [first] = entries.find(([, other]) => other === value) ?? [];
    return first === path || entries.findIndex(([, other]) => other === value) === i
      ? []
      : [`${path}: ${value} is that of ${first} already`];
  });
}
