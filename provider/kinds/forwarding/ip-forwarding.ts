// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { z } from "zod";
import { absent } from "../../core/actual";
import type { Observed } from "../../core/fact";
import { kind, type Plan, refuse, run, steps, type Wanted, type Warn, wanted, warn } from "../../core/kind";
import { objectName } from "../../core/names";
import { type Sh, sh } from "../../core/shell";
import { complain } from "../../core/validators";
import { notForwarded } from "../firewall/blocked-traffic";
import { packetFilter } from "../firewall/packet-filter.fact";
import { type Forwarding, forEachRaInterface, forwardingOf } from "../sysctl/forwarding-users.fact";
import { type Shares, type Sysctl, shareFolder, sharesOf, sysctlOf } from "../sysctl/proc-sys.fact";
import { acquire, conflict, holderId, holds, ownWish, release, withRelease, withTake } from "../sysctl/reference-count";
import { forwardingErrors, forwardingWarnings } from "./errors";

/** Arguments of an IpForwarding. At least one of `ipv4` and `ipv6` must be true. */
const schema = z
  .strictObject({
    ...wanted,
    /** Forward IPv4 packets. False does not turn forwarding off, because another program may need it. */
    ipv4: z.boolean(),
    /**
     * Forward IPv6 packets. False does not turn forwarding off. By default, a router ignores router advertisements, so
     * the host could lose its own default route. To prevent this, the provider sets accept_ra=2 on interfaces that
     * accepted router advertisements before.
     */
    ipv6: z.boolean(),
    /** Turn forwarding on again at boot. */
    persistent: z.boolean(),
  })
  .check((ctx) => {
    if (!ctx.value.ipv4 && !ctx.value.ipv6) complain(ctx, "ipv4, ipv6: at least one of them must be true");
  });

type Want = z.infer<typeof schema> & Wanted;

const [key4, key6] = ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"];
const ipv4 = { ipv4: sysctlOf(key4), shares4: sharesOf(key4) };
const ipv6 = { ipv6: sysctlOf(key6), shares6: sharesOf(key6) };
type Facts = typeof ipv4 &
  typeof ipv6 & { forwarding: ReturnType<typeof forwardingOf>; packetFilter: typeof packetFilter };

/**
 * IP forwarding on a host, so that the host works as a router. At least one of `ipv4` and `ipv6` must be true. Several
 * stacks can turn it on for one host. After the last IpForwarding is deleted, the host has its original setting again.
 * But if another program, such as Docker, may need forwarding, forwarding stays on.
 * @example
 * const router = new kvm.IpForwarding("router", { host, ipv6: true });
 */
export const ipForwarding = kind<Want, Facts>({
  name: "IpForwarding",
  schema,
  defaults: { ipv4: true, ipv6: false, persistent: true },
  derive: (given, known) => ({ name: known.name ?? objectName(given.host.uid, "IpForwarding", given.path) }),
  impact: { name: "replace", ipv4: "live", ipv6: "live" },
  facts: (want) => ({ ...ipv4, ...ipv6, forwarding: forwardingOf(holderId(want)), packetFilter }),
  plan: (want, facts) => {
    const { ipv4, shares4, ipv6, shares6, forwarding } = facts;
    const plan = [
      ...(want.ipv4 ? on4(want, ipv4, shares4) : off4(want, shares4, forwarding)),
      ...(want.ipv6 ? on6(want, ipv6, shares6, forwarding) : off6(want, shares6, forwarding)),
    ];
    return plan.length > 0 ? [...plan, ...warnIfBlocked(want, facts)] : [];
  },
  warns: warnIfBlocked,
  absent: (want, { shares4, shares6, forwarding }) => [
    ...off4(want, shares4, forwarding),
    ...off6(want, shares6, forwarding),
  ],
  actual: (want, { ipv4, shares4, ipv6, shares6 }) => {
    if (!ownWish(want, shares4) && !ownWish(want, shares6)) return absent;
    return { ipv4: holds(want, "1", ipv4, shares4), ipv6: holds(want, "1", ipv6, shares6) };
  },
});

/** Warns when the host's packet filter drops forwarded packets. */
function warnIfBlocked(want: Want, { packetFilter }: Observed<Facts>): Warn[] {
  const families = [...(want.ipv4 ? [4 as const] : []), ...(want.ipv6 ? [6 as const] : [])];
  return families.flatMap((family) => {
    const reason = notForwarded({ family }, packetFilter);
    return reason === undefined
      ? []
      : [warn(forwardingWarnings.blocked(`IPv${family} is still not forwarded: ${reason}`))];
  });
}

function on4(want: Want, sysctl: Sysctl, shares: Shares): Plan {
  const problem = conflict(want, key4, "1", shares);
  if (problem) return [refuse(problem)];
  return steps(!holds(want, "1", sysctl, shares) && run("forward IPv4", withTake(acquire(want, key4, "1"))));
}

function on6(want: Want, sysctl: Sysctl, shares: Shares, { deaf }: Forwarding): Plan {
  if (sysctl.state === "absent")
    return [refuse(forwardingErrors.ipv6Off("the host cannot forward IPv6: IPv6 is turned off (ipv6.disable=1)"))];
  const problem = conflict(want, key6, "1", shares);
  if (problem) return [refuse(problem)];
  const done = holds(want, "1", sysctl, shares) && deaf.length === 0;
  return steps(!done && run("forward IPv6", withTake(keepListening(want), acquire(want, key6, "1"))));
}

/** Must run before forwarding is on: otherwise a route from a router advertisement would disappear at once. */
function keepListening(want: Want): Sh {
  return forEachRaInterface(holderId(want), acquire(want, sh`"net/ipv6/conf/$link/accept_ra"`, "2"));
}

function off4(want: Want, shares: Shares, forwarding: Forwarding): Plan {
  if (!ownWish(want, shares)) return [];
  const keep = forwarding.others.length > 0;
  return steps(
    run("give IPv4 forwarding up", withRelease(release(want, key4, { keep }))),
    ...leftOn("IPv4", key4, shares, forwarding),
  );
}

function off6(want: Want, shares: Shares, forwarding: Forwarding): Plan {
  if (!ownWish(want, shares)) return [];
  const keep = forwarding.others.length > 0;
  return steps(
    run("give IPv6 forwarding up", withRelease(release(want, key6, { keep }), stopListening(want, keep))),
    ...leftOn("IPv6", key6, shares, forwarding),
  );
}

/** Runs after forwarding is off. Restores accept_ra. */
function stopListening(want: Want, keep: boolean): Sh {
  return sh`
    for file in ${shareFolder("net/ipv6/conf")}/*/accept_ra/${holderId(want)}; do
      if [ -e "$file" ]; then
        link=\${file%/accept_ra/*}; link=\${link##*/}
        ${release(want, sh`"net/ipv6/conf/$link/accept_ra"`, { keep })}
      fi
    done`;
}

/**
 * Docker and similar programs turn forwarding on without counting its users. So forwarding stays on for them, with a
 * warning.
 */
function leftOn(family: string, key: string, shares: Shares, { others }: Forwarding) {
  const last = shares.wishes.length === 1 && shares.original === "0";
  if (!last || others.length === 0) return [];
  const text = `${family} forwarding stays on, because ${others.join(" and ")} may need it. To turn it off: ${key} = 0`;
  return [warn(forwardingWarnings.staysOn(text))];
}
