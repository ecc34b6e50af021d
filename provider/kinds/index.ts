import { argumentErrors } from "../core/argument-errors";
import { UserError } from "../core/errors";
import type { Kind } from "../core/kind";
import { firewallRule } from "./firewall/firewall-rule";
import { masquerade } from "./firewall/masquerade";
import { portForward } from "./firewall/port-forward";
import { ipForwarding } from "./forwarding/ip-forwarding";
import { disk } from "./guest/disk";
import { guest } from "./guest/guest";
import { host } from "./host/host";
import { image } from "./image/image";
import { bridge } from "./link/bridge";
import { tap } from "./link/tap";
import { probe } from "./probe/probe";
import { publicBridge } from "./public-bridge/public-bridge";
import { route } from "./route/route";
import { isOfLink, sysctl } from "./sysctl/sysctl";

/**
 * The registry: a line for each kind. It is also the one table of two orders. A kind needs kinds above it, and none below.
 *
 * - Deletion: leftovers of an interrupted run are deleted from the last line to the first.
 * - Boot: the boot scripts run in the order of `boot`. The numbers rise from line to line, except those of kernel
 *   settings: a setting for future links comes before all links (below 20), and a setting of one link after it.
 *
 * Each number is a part of the names of boot scripts on hosts, so it never changes.
 */
export const kinds: readonly Kind[] = [
  host,
  image,
  publicBridge,
  { ...bridge, boot: 20 },
  { ...tap, boot: 30 },
  { ...sysctl, boot: (want) => (isOfLink(want) ? 45 : 10) },
  { ...ipForwarding, boot: 15 },
  { ...route, boot: 40 },
  { ...masquerade, boot: 60 },
  { ...firewallRule, boot: 60 },
  { ...portForward, boot: 60 },
  disk,
  guest,
  probe,
];

export function kindOf(name: string): Kind {
  const found = kinds.find((kind) => kind.name === name);
  if (found) return found;
  throw new UserError(
    argumentErrors.newerState(`unknown kind ${name}: a newer version wrote the state. Update pulumi-kvm`),
  );
}

/** The line of a kind in the registry. Later kinds need earlier ones, so they are deleted first. */
export function orderOf(name: string): number {
  return kinds.findIndex((kind) => kind.name === name);
}
