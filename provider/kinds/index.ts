import { UserError } from "../errors";
import type { Kind } from "../kind";
import { bridge } from "./bridge";
import { disk } from "./disk";
import { firewallRule } from "./firewall-rule";
import { guest } from "./guest";
import { host } from "./host";
import { image } from "./image";
import { ipForwarding } from "./ip-forwarding";
import { masquerade } from "./masquerade";
import { portForward } from "./port-forward";
import { probe } from "./probe";
import { publicBridge } from "./public-bridge";
import { route } from "./route";
import { sysctl } from "./sysctl";
import { tap } from "./tap";

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
  throw new UserError(`pulumi-kvm has no kind ${name}. The state was written by a newer version: update pulumi-kvm.`);
}

/** Later kinds stand on earlier ones, and go before them. */
export function orderOf(name: string): number {
  return kinds.findIndex((kind) => kind.name === name);
}
