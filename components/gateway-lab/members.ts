import type * as pulumi from "@pulumi/pulumi";
import { contains, familyOf, hostAt, isNoHost, parseCidr } from "../../provider/core/addresses";
import { argumentErrors } from "../../provider/core/argument-errors";
import type { Problem } from "../../provider/core/problem";
import type { GuestNetworkArgs, NicArgs } from "../../provider/kinds/guest/guest.resource";
import { derived, pathsOfOutputs } from "../lab/derived";
import { type LabMember, labMember } from "../lab/lab-guest";
import { refuseWrong } from "../lab/registration";
import type { GatewayLabArgs, GatewayLabGuestArgs } from "./args";

/** A guest with its address on the private network. */
export interface GatewayLabMember extends LabMember {
  address: pulumi.Input<string>;
}

const defaultCidr = "192.168.50.0/24";

/**
 * The DNS forwarder of QEMU's user-mode network, which asks the host's name servers (qemu-system(1), -netdev
 * user,dns=).
 */
const forwarder = "10.0.2.3";

/** All guests of the lab, the gateway first. Arguments that are outputs are checked when they are known. */
export function members(args: GatewayLabArgs, lab: pulumi.Resource): [GatewayLabMember, ...GatewayLabMember[]] {
  const addresses = derived(networkOf(args), (network) => {
    refuseWrong(wrongValues(network), lab);
    return addressesOf(network);
  });
  const { name = "deb1", hostForwards, ...gateway } = args.gateway ?? {};
  const uplink: NicArgs = { user: hostForwards ? { hostForwards } : {} };
  const router = { ...member(name, gateway, addresses, 0), uplinks: [uplink] };
  const nameservers = derived(args.nameservers, (given = [forwarder]) => given);
  const behind = { gateway: router.address, nameservers };
  const others = Object.entries(guestsOf(args)).map(([guest, wish], i) =>
    member(guest, wish, addresses, i + 1, behind),
  );
  return [router, ...others];
}

/** Errors in the arguments, each with the argument's name. A preview reports them too. */
export function problemsIn(args: GatewayLabArgs): Problem[] {
  // Loaded late: a program without a lab does not need the schemas, and they take time to load.
  const schemas = require("./args-shape") as typeof import("./args-shape");
  const shape = schemas.gatewayLabShapeErrors(args);
  if (shape.length > 0) return shape;
  const network = networkOf(args);
  return pathsOfOutputs(network).length > 0 ? [] : wrongValues(network as pulumi.Unwrap<Network>);
}

/** The arguments that only together are right or wrong, the gateway first. */
function networkOf(args: GatewayLabArgs) {
  const { name = "deb1", ...gateway } = args.gateway ?? {};
  const named = [["gateway", name, gateway] as const].concat(
    Object.entries(guestsOf(args)).map(([guest, wish]) => [`guests.${guest}`, guest, wish] as never),
  );
  const guests = named.map(([path, name, { address, nic }]) => ({ path, name, address, macAddress: nic?.macAddress }));
  return { cidr: args.cidr, guests };
}

type Network = ReturnType<typeof networkOf>;
type KnownNetwork = pulumi.Unwrap<Network>;

function wrongValues({ cidr = defaultCidr, guests }: KnownNetwork): Problem[] {
  if (!parseCidr(cidr))
    return [argumentErrors.invalid(`cidr: invalid network "${cidr}": must be a network such as ${defaultCidr}`)];
  const addresses = addressesOf({ cidr, guests }).map((address) => address.split("/")[0] as string);
  const all = (part: string, values: (string | undefined)[]) =>
    guests.flatMap(({ path }, i) => (values[i] ? [[`${path}.${part}`, values[i]]] : []));
  return [
    ...guests.flatMap(({ path }, i) => wrongAddress(path, addresses[i] as string, cidr)),
    ...twice(all("address", addresses)),
    ...twice(
      all(
        "nic.macAddress",
        guests.map(({ macAddress }) => macAddress),
      ),
    ),
    ...twice(
      all(
        "name",
        guests.map(({ name }) => name),
      ),
    ),
  ];
}

/** The address of each guest with its prefix length: the given one, or that of its place in the network. */
function addressesOf({ cidr = defaultCidr, guests }: KnownNetwork): string[] {
  return guests.map(({ address }, i) => `${address ?? hostAt(cidr, i + 1).split("/")[0]}/${cidr.split("/")[1]}`);
}

function guestsOf({ guests = 2 }: GatewayLabArgs): Record<string, GatewayLabGuestArgs> {
  if (typeof guests !== "number") return guests;
  return Object.fromEntries(Array.from({ length: guests }, (_, i) => [`deb${i + 2}`, {}]));
}

function member(
  name: string,
  wish: GatewayLabGuestArgs,
  addresses: pulumi.Input<string[]>,
  place: number,
  more: Partial<GuestNetworkArgs> = {},
): GatewayLabMember {
  const cidr = derived(addresses, (all) => all[place] as string);
  const address = derived(cidr, (given) => given.split("/")[0] as string);
  return { ...labMember(name, wish, { addresses: [cidr], ...more }), address };
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
