import { z } from "zod";
import { contains } from "../addresses";
import { addressArg, cidrArg, complain } from "../schema";
import { onNetwork } from "../unique";
import type { GuestWant } from "./arguments";

/** The static addresses of a guest's first NIC on a tap. */
export const networkSchema = z
  .strictObject({
    addresses: z.array(cidrArg),
    gateway: addressArg.optional(),
    nameservers: z.array(addressArg).optional(),
  })
  .check((ctx) => {
    const { addresses, gateway } = ctx.value;
    if (gateway === undefined || isLinkLocal(gateway) || addresses.some((cidr) => contains(cidr, gateway))) return;
    const networks = addresses.length > 0 ? `not in ${addresses.join(" nor in ")}` : "given without an address";
    complain(ctx, `${gateway} is ${networks}; a gateway is on the guest's own network`, ["gateway"]);
  });

/** As router advertisements name it: on every network, whatever its addresses. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}

/** Its addresses on its bridge, each by its place in the arguments. Your own networkConfig is not looked into. */
export function ownAddresses(
  { nics = [], cloudInit }: Partial<GuestWant>,
  networkOf: (link: string) => string | undefined,
): Record<string, string> {
  const tap = nics.find((nic) => nic.tap !== undefined)?.tap;
  const bridge = tap === undefined ? undefined : networkOf(tap);
  if (bridge === undefined || cloudInit?.networkConfig !== undefined) return {};
  return onNetwork(bridge, "cloudInit.network.addresses", cloudInit?.network?.addresses ?? []);
}
