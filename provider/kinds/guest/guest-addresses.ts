import { z } from "zod";
import { contains, familyOf } from "../../core/addresses";
import { addressArg, cidrArg, complain } from "../../core/validators";

/** What the guest's first NIC on a tap has. */
export interface GuestNetwork {
  /** With prefix lengths, of IPv4 and IPv6. */
  addresses: string[];
  /** One, or a list with one of each family: in a network of the addresses, or outside when the address is a /32 or a /128. @default none */
  gateway?: string | string[];
  /** Whom it asks for names. @default none */
  nameservers?: string[];
}

/** The static addresses of a guest's first NIC on a tap. */
export const networkSchema = z
  .strictObject({
    addresses: z.array(cidrArg),
    gateway: z.union([addressArg, z.array(addressArg)]).optional(),
    nameservers: z.array(addressArg).optional(),
  })
  .check((ctx) => {
    const gateways = gatewaysOf(ctx.value);
    for (const gateway of gateways) {
      const reason = outside(gateway, ctx.value.addresses);
      if (reason !== undefined) complain(ctx, reason, ["gateway"]);
    }
    const families = gateways.map(familyOf);
    if (new Set(families).size < families.length)
      complain(ctx, `${gateways.join(" and ")} are of one family; a guest has one gateway of each`, ["gateway"]);
  });

export function gatewaysOf({ gateway }: GuestNetwork): string[] {
  return gateway === undefined ? [] : [gateway].flat();
}

/** Whether it is reached although it is in none of the guest's networks, as hosters give it: directly on the link. */
export function isOnLink(gateway: string, { addresses }: GuestNetwork): boolean {
  return !isLinkLocal(gateway) && !addresses.some((cidr) => contains(cidr, gateway));
}

/** Only with the address of one host is a gateway outside meant: with a network it is a mistake. */
function outside(gateway: string, addresses: readonly string[]): string | undefined {
  const own = addresses.filter((cidr) => familyOf(cidr.split("/")[0] ?? "") === familyOf(gateway));
  if (isLinkLocal(gateway) || own.some((cidr) => contains(cidr, gateway) || isOneHost(cidr))) return undefined;
  const networks = addresses.length > 0 ? `not in ${addresses.join(" nor in ")}` : "given without an address";
  return `${gateway} is ${networks}; a gateway is on the guest's own network`;
}

function isOneHost(cidr: string): boolean {
  return cidr.endsWith(cidr.includes(":") ? "/128" : "/32");
}

/** As router advertisements name it: on every network, whatever its addresses. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}
