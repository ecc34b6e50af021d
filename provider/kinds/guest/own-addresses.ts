import { onNetwork } from "../../core/unique-address";
import type { GuestWant } from "./guest-args";

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
