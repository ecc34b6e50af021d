import { z } from "zod";
import { contains, familyOf } from "../../core/addresses";
import { addressArg, cidrArg, complain } from "../../core/validators";
import type { GuestNetwork } from "./guest-parts";

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
      complain(ctx, `${gateways.join(" and ")} have the same IP family. Give at most one gateway for each family`, [
        "gateway",
      ]);
  });

export function gatewaysOf({ gateway }: GuestNetwork): string[] {
  return gateway === undefined ? [] : [gateway].flat();
}

/**
 * Whether the gateway is outside the guest's networks but directly on its link, as some hosting providers configure it.
 */
export function isOnLink(gateway: string, { addresses }: GuestNetwork): boolean {
  return !isLinkLocal(gateway) && !addresses.some((cidr) => contains(cidr, gateway));
}

/**
 * A gateway outside the guest's networks is valid only with an address of one host (/32, /128). With a network it is a
 * mistake.
 */
function outside(gateway: string, addresses: readonly string[]): string | undefined {
  const own = addresses.filter((cidr) => familyOf(cidr.split("/")[0] ?? "") === familyOf(gateway));
  if (isLinkLocal(gateway) || own.some((cidr) => contains(cidr, gateway) || isOneHost(cidr))) return undefined;
  const networks = addresses.length > 0 ? `not in ${addresses.join(" or ")}` : "given without an address";
  return `${gateway} is ${networks}. A gateway must be in a network of the guest`;
}

function isOneHost(cidr: string): boolean {
  return cidr.endsWith(cidr.includes(":") ? "/128" : "/32");
}

/** Router advertisements name a gateway by such an address. It is valid on every network. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}
