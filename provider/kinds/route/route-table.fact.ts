import { z } from "zod";
import type { Fact } from "../../core/fact";
import { printableLine } from "../../core/printable";
import { interfaceName, json, word } from "../../core/reply";
import { sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";

/**
 * The protocol number of our routes, because a route cannot hold a mark. /etc/iproute2/rt_protos, FRR and systemd do
 * not use this number.
 */
export const routeProtocol = 201;

/** The fields that identify a route for the kernel. */
export interface RouteKey {
  family: 4 | 6;
  /** "10.9.0.0/16", "default" */
  destination: string;
  table: number;
  metric: number;
}

export interface SeenRoute {
  gateway?: string;
  device?: string;
  source?: string;
  onlink: boolean;
  /** The origin of the route, by number: 2 kernel, 3 boot, 4 static, 9 router advertisement, 16 DHCP. */
  protocol: number;
}

export interface RouteThere {
  route?: SeenRoute;
  /** Our resource that claims the route. */
  claim?: { holder: string; mark: string };
}

export function routeAt(key: RouteKey): Fact<RouteThere> {
  const claim = claimPath(key);
  return {
    name: `route to ${key.destination}, table ${key.table}, metric ${key.metric}`,
    command: sh`
      ip -Numeric -json -details -${key.family} route show table all exact ${key.destination}
      echo
      echo @claim
      if [ -f ${claim} ]; then cat ${claim}; fi`,
    parse: (output) => parseRoute(output, key),
    afterReboot: {},
  };
}

export function claimPath({ family, destination, table, metric }: RouteKey): string {
  return `${stateFolder}/shared/routes/${family}.${table}.${destination.replace("/", "_")}.${metric}`;
}

const rawRoute = z.object({
  gateway: word.optional(),
  dev: interfaceName.optional(),
  prefsrc: word.optional(),
  flags: z.array(z.string()).optional(),
  protocol: z.union([z.string(), z.number()]).optional(),
  table: z.union([z.string(), z.number()]).optional(),
  metric: z.number().optional(),
});

function parseRoute(output: string, key: RouteKey): RouteThere {
  const [routes = "", claim = ""] = output.split(/^@claim$/m);
  const found = json(routes, z.array(rawRoute), "[]");
  const raw = found.find(({ table = 254, metric = 0 }) => Number(table) === key.table && metric === key.metric);
  const [holder = "", mark = ""] = claim.trim().split("\n").map(printableLine);
  return { ...(raw && { route: seen(raw) }), ...(holder && { claim: { holder, mark } }) };
}

function seen({ gateway, dev, prefsrc, flags = [], protocol = 0 }: z.infer<typeof rawRoute>): SeenRoute {
  return {
    ...(gateway !== undefined && { gateway }),
    ...(dev !== undefined && { device: dev }),
    ...(prefsrc !== undefined && { source: prefsrc }),
    onlink: flags.includes("onlink"),
    protocol: Number(protocol),
  };
}
