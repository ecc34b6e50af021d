import { z } from "zod";
import { absent, differing } from "../../core/actual";
import { canonicalAddress, familyOf, networkOf, parseCidr } from "../../core/addresses";
import { kind, refuse, run, steps, type Wanted, wanted } from "../../core/kind";
import { ownerOf } from "../../core/mark";
import { objectName } from "../../core/names";
import { ownerErrors } from "../../core/owner-errors";
import type { Problem } from "../../core/problem";
import { addressArg, complain, linkNameArg, wholeArg } from "../../core/validators";
import { holderId } from "../sysctl/reference-count";
import { routeErrors } from "./errors";
import { putRoute, removeRoute } from "./route-commands";
import { type RouteKey, type RouteThere, routeAt, routeProtocol, type SeenRoute } from "./route-table.fact";

const destinationArg = z.string().check((ctx) => {
  if (ctx.value !== "default" && !parseCidr(ctx.value) && !familyOf(ctx.value))
    complain(
      ctx,
      `invalid destination "${ctx.value}": must be a network such as 10.9.0.0/16, an address, or "default"`,
    );
});

const schema = z
  .strictObject({
    ...wanted,
    /** Destination network or address, IPv4 or IPv6. "default" has the IP family of the gateway. */
    destination: destinationArg,
    /** Address of the next hop. @default none: the destination is directly on the link of `device` */
    gateway: addressArg.optional(),
    /**
     * Outgoing interface. Required without a gateway, and with a link-local gateway.
     * @default the interface that reaches the gateway
     */
    device: linkNameArg.optional(),
    /** Metric. The kernel prefers the route with the lowest metric. @default 0 for IPv4, 1024 for IPv6 (of the kernel) */
    metric: wholeArg(0, 4294967295).optional(),
    /** Routing table. @default 254, the main one */
    table: wholeArg(1, 4294967295).optional(),
    /**
     * Source address of packets that the host itself sends over this route. It must be an address of the host.
     * @default the kernel chooses
     */
    source: addressArg.optional(),
    /**
     * Treat the gateway as directly on the link of `device`, even if no address of the device is in the gateway's network.
     */
    onlink: z.boolean(),
    /** Create the route again at boot. */
    persistent: z.boolean(),
    /**
     * Take over an existing route with the same destination, metric and table. Pulumi then deletes it with this resource.
     * @default false
     */
    adopt: z.boolean().optional(),
  })
  .check((ctx) => {
    const { gateway, device, source, onlink, metric } = ctx.value;
    const { family } = keyOf(ctx.value);
    if (!gateway && !device) complain(ctx, "gateway, device: at least one of them is required");
    if (onlink && !(gateway && device)) complain(ctx, "onlink: requires gateway and device");
    if (gateway?.toLowerCase().startsWith("fe80:") && !device)
      complain(ctx, "device: required, because the gateway is link-local");
    if (family === 6 && metric === 0)
      complain(ctx, "metric: the kernel takes 0 as 1024 for IPv6. Remove it, or give at least 1");
    for (const [name, address] of Object.entries({ gateway, source }))
      if (address && familyOf(address) !== family)
        complain(ctx, `${name}: ${address} is not an IPv${family} address, but the route is for IPv${family}`);
  });

type Want = z.infer<typeof schema> & Wanted;

/**
 * A route of a host. All routes of pulumi-kvm have the protocol number 201.
 * @example
 * const route = new kvm.Route("lab", { host, destination: "10.9.0.0/16", gateway: "192.168.50.2" });
 */
export const route = kind<Want, { there: ReturnType<typeof routeAt> }>({
  name: "Route",
  schema,
  defaults: { onlink: false, persistent: true },
  derive: (given, known) => ({ name: known.name ?? objectName(given.host.uid, "Route", given.path) }),
  impact: { name: "replace", destination: "replace", metric: "replace", table: "replace", gateway: "live" },
  facts: (want) => ({ there: routeAt(keyOf(want)) }),
  plan: (want, { there }) => {
    const problem = foreign(want, there);
    if (problem) return [refuse(problem)];
    const done = isOwn(want, there) && differences(want, there.route).length === 0;
    return steps(!done && run(`route ${want.destination}`, putRoute(want, keyOf(want)), routeErrors.notSet));
  },
  absent: (want, { there }) =>
    steps(
      there.claim?.holder === holderId(want) &&
        run(`take the route to ${want.destination} away`, removeRoute(keyOf(want))),
    ),
  actual: (want, { there }) => {
    if (!isOwn(want, there)) return absent;
    return differing(Object.fromEntries(differences(want, there.route).map((part) => [part, there.route[part]])));
  },
});

function keyOf({
  destination,
  gateway,
  source,
  table = 254,
  metric,
}: Pick<Want, "destination"> & Partial<Want>): RouteKey {
  const [address = ""] = [gateway, source].filter((one) => one !== undefined);
  const family = parseCidr(destination)?.family ?? familyOf(destination) ?? familyOf(address) ?? 4;
  const whole = family === 4 ? 32 : 128;
  const cidr = destination.includes("/") ? networkOf(destination) : `${canonicalAddress(destination)}/${whole}`;
  const isDefault = destination === "default" || cidr.endsWith("/0");
  return { family, destination: isDefault ? "default" : cidr, table, metric: metric ?? (family === 4 ? 0 : 1024) };
}

type Own = RouteThere & { route: SeenRoute };

function isOwn(want: Want, there: RouteThere): there is Own {
  return there.claim?.holder === holderId(want) && there.route?.protocol === routeProtocol;
}

/** Without a desired device, the kernel finds it, so that any device is right. */
function differences(want: Want, route: SeenRoute): ("gateway" | "device" | "source" | "onlink")[] {
  const same = (wished?: string, found?: string) => canonicalAddress(wished ?? "") === canonicalAddress(found ?? "");
  return [
    ...(same(want.gateway, route.gateway) ? [] : ["gateway" as const]),
    ...(want.device === undefined || want.device === route.device ? [] : ["device" as const]),
    ...(same(want.source, route.source) ? [] : ["source" as const]),
    ...(want.onlink === route.onlink ? [] : ["onlink" as const]),
  ];
}

function foreign(want: Want, { claim, route }: RouteThere): Problem | undefined {
  const what = `a route to ${want.destination} with this table and metric`;
  if (claim && claim.holder !== holderId(want))
    return ownerErrors.otherOwner(
      `${what} belongs to ${ownerOf(want.host, claim.mark)}. Choose another metric or table`,
    );
  if (!route || route.protocol === routeProtocol || want.adopt) return undefined;
  const way = [route.gateway && `via ${route.gateway}`, route.device && `dev ${route.device}`].filter((part) => part);
  return routeErrors.exists(
    `${what} exists (${way.join(" ")}), and another program made it. Choose another metric or table, or set adopt: true to take it over`,
  );
}
