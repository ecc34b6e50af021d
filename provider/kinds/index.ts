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
import { sysctl } from "./sysctl/sysctl";

/** The registry: a line for each kind. */
export const kinds: readonly Kind[] = [
  host,
  image,
  publicBridge,
  bridge,
  tap,
  sysctl,
  ipForwarding,
  route,
  masquerade,
  firewallRule,
  portForward,
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

/** Later kinds stand on earlier ones, and go before them. */
export function orderOf(name: string): number {
  return kinds.findIndex((kind) => kind.name === name);
}
