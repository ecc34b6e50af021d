import { z } from "zod";
import { absent, unseen } from "../../core/actual";
import { kind, refuse, run, steps, type Wanted, type Warn, wanted, warn } from "../../core/kind";
import { objectName } from "../../core/names";
import type { Problem } from "../../core/problem";
import { complain } from "../../core/validators";
import { sysctlErrors, sysctlWarnings } from "./errors";
import { canonicalKey, type Sysctl as Seen, sharesOf, squeezed, sysctlOf } from "./proc-sys.fact";
import { acquire, conflict, holds, load, ownWish, release, withRelease, withTake } from "./reference-count";

const keyArg = z.string().check((ctx) => {
  if (!/^[A-Za-z0-9_-]+([./][A-Za-z0-9_:@-]+)+$/.test(ctx.value))
    complain(ctx, `invalid key "${ctx.value}": must be a kernel setting, such as net.ipv4.ip_forward`);
});

const moduleArg = z.string().check((ctx) => {
  if (!/^[A-Za-z0-9_-]+$/.test(ctx.value))
    complain(ctx, `invalid module "${ctx.value}": must be a kernel module, such as br_netfilter`);
});

const schema = z.strictObject({
  ...wanted,
  /**
   * Key of the setting, as in sysctl(8): `net.ipv4.ip_forward`. If an interface's name has a dot, use slashes:
   * `net/ipv4/conf/eth0.10/rp_filter`.
   */
  key: keyArg,
  /**
   * Value of the setting. Separate several values by a space. If another stack needs another value for this key, the
   * update fails, and the error names that stack.
   */
  value: z.union([
    z.string().regex(/^[\t -~]*[!-~][\t -~]*$/, "invalid value: must be one line of ASCII text"),
    z.number(),
  ]),
  /**
   * Kernel module that provides the key. If the key does not exist, the host loads the module, now and at boot. Such a
   * key has no original value. So after the last Sysctl of the key is deleted, the value and the module stay as they are.
   * @default none
   */
  module: moduleArg.optional(),
  /** Set the key again at boot. The host does this after sysctl.d(5), so that files there do not override the value. */
  persistent: z.boolean(),
});

type Want = z.infer<typeof schema> & Wanted;
type Facts = { sysctl: ReturnType<typeof sysctlOf>; shares: ReturnType<typeof sharesOf> };

/**
 * A kernel setting (sysctl) of a host. Several stacks can share a setting. After the last Sysctl of a key is deleted, the
 * key has its original value again.
 * @example
 * const strict = new kvm.Sysctl("rp_filter", { host, key: "net.ipv4.conf.all.rp_filter", value: 1 });
 */
export const sysctl = kind<Want, Facts>({
  name: "Sysctl",
  schema,
  defaults: { persistent: true },
  derive: (given, known) => ({ name: known.name ?? objectName(given.host.uid, "Sysctl", given.path) }),
  impact: { name: "replace", key: "replace", value: "live" },
  facts: ({ key }) => ({ sysctl: sysctlOf(canonicalKey(key)), shares: sharesOf(canonicalKey(key)) }),
  plan: (want, { sysctl, shares }) => {
    const [key, value] = [canonicalKey(want.key), squeezed(String(want.value))];
    const problem = missing(want, key, sysctl) ?? conflict(want, key, value, shares);
    if (problem) return [refuse(problem)];
    if (holds(want, value, sysctl, shares)) return [];
    const loaded = want.module !== undefined && load(want.module, key);
    const set = run(`set ${key} to ${value}`, withTake(loaded, acquire(want, key, value)), sysctlErrors.notSet);
    return steps(set, ...overridden(value, sysctl));
  },
  warns: (want, { sysctl }) => overridden(squeezed(String(want.value)), sysctl),
  absent: (want, { shares }) => {
    const key = canonicalKey(want.key);
    return steps(ownWish(want, shares) && run(`give ${key} up`, withRelease(release(want, key))));
  },
  actual: (want, { sysctl: { value }, shares }) => {
    if (!ownWish(want, shares) || value === undefined) return absent;
    return { key: unseen, value: asWritten(want, value), module: unseen };
  },
});

/** Whether it sets a key of one interface, such as net.ipv4.conf.br0.rp_filter. */
export function isOfLink(want: Wanted): boolean {
  return /^net\/ipv[46]\/(conf|neigh)\/(?!(all|default)\/)/.test(canonicalKey((want as Want).key));
}

function missing({ module }: Want, key: string, { state }: Seen): Problem | undefined {
  if (state === "readable" || (state === "absent" && module !== undefined)) return undefined;
  if (state === "write-only")
    return sysctlErrors.writeOnly(`the kernel setting ${key} can only be written, so its value cannot be kept`);
  return sysctlErrors.unknownKey(`the kernel does not have ${key}. ${whyAbsent(key)}`);
}

function whyAbsent(key: string): string {
  const [, link] = /^net\/ipv[46]\/(?:conf|neigh)\/([^/]+)\//.exec(key) ?? [];
  if (link && link !== "all" && link !== "default")
    return `Check that the interface ${link} exists, and make the resource depend on it`;
  if (key.startsWith("net/bridge/")) return 'Its module is not loaded. Give module: "br_netfilter"';
  if (key.startsWith("net/netfilter/nf_conntrack")) return 'Its module is not loaded. Give module: "nf_conntrack"';
  if (key.startsWith("net/ipv6/")) return "IPv6 may be turned off (ipv6.disable=1)";
  return "Check the spelling, or give the module that provides it";
}

/** Our boot script runs after these files, but not after a later `sysctl --system`. */
function overridden(value: string, { files }: Seen): Warn[] {
  const other = files.find((file) => file.value !== value);
  if (!other) return [];
  const text = `${other.path} sets it to ${other.value} whenever "sysctl --system" runs. Change that line`;
  return [warn(sysctlWarnings.overridden(text))];
}

/** Keeps the user's spelling of an equal value. */
function asWritten(want: Want, value: string): Want["value"] {
  if (value === squeezed(String(want.value))) return want.value;
  const number = Number(value);
  return typeof want.value === "number" && Number.isFinite(number) ? number : value;
}
