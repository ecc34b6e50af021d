import * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../provider/core/host-ref";
import { hopsOf } from "../../provider/core/jump";
import { coded } from "../../provider/core/problem";
import { quote } from "../../provider/core/shell";
import type { Guest } from "../../provider/kinds/guest/guest.resource";
import type { Host } from "../../provider/kinds/host/host.resource";
import { labErrors } from "../errors";

/** The data that a user needs to access a guest. */
export interface GuestAccess {
  /** Addresses of the guest on the lab's network. */
  addresses: string[];
  /** MAC address of each NIC. */
  macAddresses: string[];
  /** The command that logs in. */
  ssh: string;
  /** The command that opens the serial console. */
  console: string;
  /** The link-local address by which the hypervisor reaches the guest. */
  linkLocal: string;
  /** Its SSH host key. @default none before cloud-init has printed it */
  hostKey?: string;
}

/** @deprecated Use GuestAccess: the type has this name now. */
export type GuestSheet = GuestAccess;

type Sheets = pulumi.Output<Record<string, GuestAccess>>;

export function guestAccess({ addresses, macAddresses, ssh, console, linkLocal, hostKey }: Guest) {
  return { addresses, macAddresses, ssh, console, linkLocal, hostKey };
}

/**
 * A block for ~/.ssh/config with each guest by its name. ssh(1) goes through the hypervisor, and through the jump hosts
 * before it.
 */
export function sshConfig(guests: Sheets, host: pulumi.Input<Host>): pulumi.Output<string> {
  return withHost(guests, host, async (all, ref) => configOf(all, ref));
}

export function configOf(all: Record<string, GuestAccess>, host: HostRef): string {
  const hops = hopsOf(host);
  const jump = hops.length > 0 ? `  ProxyJump ${hops.join(",")}\n` : "";
  return reachable(all)
    .map(([name, address]) => `Host ${name}\n  HostName ${address.replace("%", "%%")}\n  User root\n${jump}`)
    .join("\n");
}

/** An Ansible inventory in YAML. ~/.ssh/config needs only what reaches the host. */
export function inventory(guests: Sheets, host: pulumi.Input<Host>): pulumi.Output<string> {
  return withHost(guests, host, async (all, ref) => {
    // A dynamic import, so that a program that only imports this package does not load it.
    const { stringify } = await import("yaml");
    const hosts = reachable(all).map(([name, address]) => [
      name,
      { ansible_host: address, lan_addresses: all[name]?.addresses },
    ]);
    const hops = hopsOf(ref);
    const jump = hops.length > 0 && { ansible_ssh_common_args: `-J ${quote(hops.join(","))}` };
    return stringify({ all: { hosts: Object.fromEntries(hosts), vars: { ansible_user: "root", ...jump } } });
  });
}

/** Lines for ~/.ssh/known_hosts: the guests' keys, and the pinned key of the hypervisor. */
export function knownHosts(guests: Sheets, host: pulumi.Input<Host>): pulumi.Output<string> {
  return withHost(guests, host, async (all, ref, pinnedKey) => keysOf(all, { ...ref, hostKey: pinnedKey }));
}

export function keysOf(all: Record<string, GuestAccess>, host: HostRef): string {
  const inside = reachable(all).map(([name, linkLocal]) => [linkLocal, all[name]?.hostKey] as const);
  return [...outside(host), ...inside].flatMap(([name, key]) => lineOf(name, key)).join("");
}

/** The hosts on the way. The key of a jump host is known only when the program gives it. */
function outside(host: HostRef): (readonly [string, string | undefined])[] {
  const { address = host.name, port = 22, hostKey, jump } = host;
  if (address === "local") return [];
  return [...(jump ? outside(jump) : []), [port === 22 ? address : `[${address}]:${port}`, hostKey]];
}

/** A fingerprint is not a key, and has no effect in known_hosts. */
function lineOf(name: string, key: string | undefined): string[] {
  const found = /^[a-z0-9@.-]+ [A-Za-z0-9+/]+=*(?= |$)/.exec(key ?? "");
  return found && !found[0].includes("SHA256") ? [`${name} ${found[0]}\n`] : [];
}

/**
 * The guests with a tap on a bridge, each with its link-local address. ssh(1) interprets this text, and the bridge's
 * name comes from the host. So only such names and such addresses may pass.
 */
function reachable(all: Record<string, GuestAccess>): [name: string, linkLocal: string][] {
  return Object.entries(all).flatMap(([name, { linkLocal }]): [string, string][] => {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) throw unfit(name, "its name", name);
    if (linkLocal === undefined) return [];
    if (!/^fe80::[0-9a-f:]+%[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(linkLocal))
      throw unfit(name, "its link-local address", linkLocal);
    return [[name, linkLocal]];
  });
}

function unfit(guest: string, what: string, value: string): Error {
  return new pulumi.RunError(
    coded(
      labErrors.unfitName(
        `Unable to write the SSH configuration of the guest ${JSON.stringify(guest)}: ${what} is ${JSON.stringify(value)}, which ssh(1) would interpret. Look at the host: another program may have renamed an interface`,
      ),
    ),
  );
}

function withHost(
  guests: Sheets,
  host: pulumi.Input<Host>,
  write: (all: Record<string, GuestAccess>, ref: HostRef, pinnedKey: string) => Promise<string>,
): pulumi.Output<string> {
  return pulumi
    .all([guests, pulumi.output(host).apply((one) => one.host), pulumi.output(host).apply((one) => one.pinnedKey)])
    .apply(([all, ref, pinnedKey]) => write(all as Record<string, GuestAccess>, ref as HostRef, pinnedKey));
}
