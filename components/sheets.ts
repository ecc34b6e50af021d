import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../provider/kind";
import type { Guest } from "../provider/kinds/guest";
import type { Host } from "../provider/kinds/host";

/** What a person needs of a guest next. */
export interface GuestSheet {
  addresses: string[];
  macAddresses: string[];
  /** The command that logs in. */
  ssh: string;
  /** The command that opens the serial console. */
  console: string;
  /** The address at which the hypervisor reaches it. */
  linkLocal: string;
}

type Sheets = pulumi.Output<Record<string, GuestSheet>>;

export function sheet({ addresses, macAddresses, ssh, console, linkLocal }: Guest) {
  return { addresses, macAddresses, ssh, console, linkLocal };
}

/** A block for ~/.ssh/config: each guest by its name, through the hypervisor. */
export function sshConfig(guests: Sheets, host: Host): pulumi.Output<string> {
  return withHost(guests, host, async (all, ref) =>
    Object.entries(all)
      .map(([name, { linkLocal }]) => {
        const address = linkLocal.replace("%", "%%");
        return `Host ${name}\n  HostName ${address}\n  User root\n  ProxyJump ${jumpOf(ref)}\n`;
      })
      .join("\n"),
  );
}

/** An Ansible inventory in YAML, that needs no ~/.ssh/config beyond the one that reaches the host. */
export function inventory(guests: Sheets, host: Host): pulumi.Output<string> {
  return withHost(guests, host, async (all, ref) => {
    // Not loaded by every program that only imports us.
    const { stringify } = await import("yaml");
    const hosts = Object.entries(all).map(([name, { addresses, linkLocal }]) => [
      name,
      { ansible_host: linkLocal, lan_addresses: addresses },
    ]);
    const vars = { ansible_user: "root", ansible_ssh_common_args: `-J ${jumpOf(ref)}` };
    return stringify({ all: { hosts: Object.fromEntries(hosts), vars } });
  });
}

function withHost(
  guests: Sheets,
  host: Host,
  write: (all: Record<string, GuestSheet>, ref: HostRef) => Promise<string>,
): pulumi.Output<string> {
  return guests.apply((all) => host.host.apply((ref) => write(all, ref)));
}

function jumpOf({ name, user, address, port }: HostRef): string {
  return `${user === undefined ? "" : `${user}@`}${address ?? name}${port === undefined ? "" : `:${port}`}`;
}
