import { z } from "zod";
import { contains, familyOf } from "../../core/addresses";
import { addressArg, cidrArg, complain } from "../../core/validators";

/** Static IP configuration of the guest's first NIC on a tap. */
export const guestNetwork = z
  .strictObject({
    /** IPv4 and IPv6 addresses, each with its prefix length: "192.168.50.2/24". */
    addresses: z.array(cidrArg),
    /**
     * Default gateway: one address, or a list with at most one for each IP family. It must be in the network of one of
     * the addresses. This does not apply to a link-local gateway, or to a guest whose address is a /32 or a /128.
     * @default none
     */
    gateway: z.union([addressArg, z.array(addressArg)]).optional(),
    /** Addresses of DNS servers. @default none */
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

export type GuestNetwork = z.infer<typeof guestNetwork>;

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
