import { CommandFailed } from "../../core/errors";
import type { Sh } from "../../core/shell";
import type { ConfigFile, ConfigFiles } from "./nic-config.fact";
import type { OwnerName } from "./owner-name";

/** The state of a NIC when we took it over. We render every later configuration from it, and a delete restores it. */
export interface Origin {
  owner: OwnerName;
  nic: string;
  bridge: string;
  macAddress: string;
  mtu: number;
  /** The files of the configuration, in the order in which the network manager reads them. */
  sources: string[];
  /** The UUID of the connection that the NIC had in NetworkManager. */
  connection?: string;
  /** The id of the netplan definition that networkd used for the NIC. */
  definition?: string;
  /**
   * The IAID (RFC 4361) by which the DHCP server knows the NIC. networkd would derive another one from the bridge's
   * name.
   */
  iaid?: number;
  /** Whether the bridge accepts router advertisements when the configuration does not say it. */
  acceptsAdvertisements: boolean;
  /** Addresses with prefix lengths: first those that do not expire, then those from a DHCP server or a router. */
  addresses: string[];
  dynamic: string[];
  /** The families for which the NIC had a default route, and whether the one for IPv4 came from a DHCP server. */
  ways: (4 | 6)[];
  wayFromDhcp: boolean;
  /** cloud-init would write the NIC's configuration again at the next boot. */
  cloudInit: boolean;
  /** The original files: those of `sources`, and those that our files replace. */
  files: ConfigFiles;
}

/** The desired differences from the NIC's configuration. A field that is undefined stays as the NIC has it. */
export interface Wishes {
  addresses?: readonly string[] | undefined;
  gateways?: readonly string[] | undefined;
  nameservers?: readonly string[] | undefined;
  dhcp?: boolean | undefined;
}

/** The desired files by path. Undefined means absent. A file that is not listed stays as it is. */
export type Rendering = Readonly<Record<string, ConfigFile | undefined>>;

/** The names that commands need. */
export interface Names {
  nic: string;
  bridge: string;
  macAddress: string;
  connection?: string;
}

/** A network manager that owns the configuration of a NIC. Pure: it makes files and commands as text. */
export interface Owner {
  name: OwnerName;
  /** Why the configuration cannot move to a bridge. Undefined when it can. */
  obstacle(origin: Origin): string | undefined;
  /** Whether the configuration asks a DHCP server for IPv4 addresses. */
  asksDhcp(origin: Origin): boolean;
  /** The configuration with the NIC as the bridge's port. */
  render(origin: Origin, wishes: Wishes): Rendering;
  /** Fails when the network manager would reject the files. They are below `$root`, under their own paths. */
  check(names: Names, paths: readonly string[]): Sh;
  /** Releases the NIC. Runs with the NIC's own files in place. */
  leaveNic(names: Names): Sh;
  /**
   * Makes the bridge and its port as bare links, before `enterBridge` and after a change that stopped half way.
   * @default formBridge in bridge-commands.ts
   */
  formBridge?(names: Names): Sh;
  /** Brings the bridge up. Runs with the bridge's files in place. */
  enterBridge(names: Names): Sh;
  /** Takes the bridge down. Runs with all or some of the bridge's files in place. */
  leaveBridge(names: Names): Sh;
  /**
   * Brings the NIC up. Runs with the NIC's own files in place. `unasked` turns duplicate address detection off, so it
   * must run before the NIC gets its addresses.
   */
  enterNic(names: Names, unasked: Sh): Sh;
  /**
   * Brings the network up from its files, as a boot does.
   * @default none, when it cannot run a second time: only the first boot proves the files
   */
  rehearse?: Sh;
  /**
   * Runs at boot, after a rollback of the files and before the network is up. `device` is the link that gets the
   * addresses.
   */
  atBoot(names: Names, device: string): Sh;
}

/** The content of a file that must be in the record. */
export function contentOf({ files }: Origin, path: string): string {
  const file = files[path];
  if (!file) throw new CommandFailed(`the record of the NIC lacks ${path}`);
  return file.content;
}
