import { contains, familyOf, hostAt, isNoHost, parseCidr } from "../../provider/core/addresses";
import { argumentErrors } from "../../provider/core/argument-errors";
import type { Problem } from "../../provider/core/problem";
import type { NicArgs } from "../../provider/kinds/guest/guest.resource";
import { type LabMember, labMember } from "../lab/lab-guest";
import type { GatewayLabArgs, GatewayLabGuest } from "./args";

/** A guest with its address on the private network. */
export interface GatewayLabMember extends LabMember {
  address: string;
}

const defaultCidr = "192.168.50.0/24";

/**
 * The DNS forwarder of QEMU's user-mode network, which asks the host's name servers (qemu-system(1), -netdev
 * user,dns=).
 */
const forwarder = "10.0.2.3";

/** All guests of the lab, the gateway first. */
export function members(args: GatewayLabArgs): [GatewayLabMember, ...GatewayLabMember[]] {
  const { name = "deb1", hostForwards, ...gateway } = args.gateway ?? {};
  const uplink: NicArgs = { user: hostForwards ? { hostForwards } : {} };
  const router = { ...member(args, name, gateway, 1), uplinks: [uplink] };
  const nameservers = args.nameservers ?? [forwarder];
  const behind = { gateway: router.address, nameservers };
  const others = Object.entries(guestsOf(args)).map(([guest, wish], i) => member(args, guest, wish, i + 2, behind));
  return [router, ...others];
}

/** Errors in the arguments, each with the argument's name. A preview reports them too. */
export function problemsIn(args: GatewayLabArgs): Problem[] {
  // Loaded late: a program without a lab does not need the schemas, and they take time to load.
  const schemas = require("./args-shape") as typeof import("./args-shape");
  const shape = schemas.gatewayLabShapeErrors(args);
  if (shape.length > 0) return shape;
  const cidr = args.cidr ?? defaultCidr;
  if (!parseCidr(cidr))
    return [argumentErrors.invalid(`cidr: invalid network "${cidr}": must be a network such as ${defaultCidr}`)];
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

/** @param place the number of its address in the network, when `wish` has none */
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

function wrongAddress(path: string, address: string, cidr: string): Problem[] {
  const { invalid, contradiction } = argumentErrors;
  if (!familyOf(address)) return [invalid(`${path}.address: invalid IP address "${address}"`)];
  if (!contains(cidr, address)) return [contradiction(`${path}.address: ${address} is not in ${cidr}`)];
  if (!isNoHost(cidr, address)) return [];
  return [contradiction(`${path}.address: ${address} is the address of the network ${cidr} itself`)];
}

function twice(entries: string[][]): Problem[] {
  return entries.flatMap(([path, value], i) => {
    const [first] = entries.find(([, other]) => other === value) ?? [];
    return first === path || entries.findIndex(([, other]) => other === value) === i
      ? []
      : [argumentErrors.contradiction(`${path}: ${first} has ${value} already`)];
  });
}
