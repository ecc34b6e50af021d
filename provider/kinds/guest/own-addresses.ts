import { onNetwork } from "../../core/unique-address";
import type { GuestWant } from "./guest-args";

/**
 * The guest's static addresses on the bridge of its first tap, by the path of the argument. Empty with a networkConfig,
 * which the provider does not read.
 */
export function ownAddresses(
  { nics = [], cloudInit }: Partial<GuestWant>,
  networkOf: (link: string) => string | undefined,
): Record<string, string> {
  const tap = nics.find((nic) => nic.tap !== undefined)?.tap;
  const bridge = tap === undefined ? undefined : networkOf(tap);
  if (bridge === undefined || cloudInit?.networkConfig !== undefined) return {};
  return onNetwork(bridge, "cloudInit.network.addresses", cloudInit?.network?.addresses ?? []);
}
