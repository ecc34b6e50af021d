import { CommandFailed } from "../../core/errors";
import type { Sh } from "../../core/shell";
import { publicBridgeErrors } from "./errors";
import type { ConfigFile, ConfigFiles, NicConfig } from "./nic-config";

/** The state of a NIC when we took it over. We render every later configuration from it, and a delete restores it. */
export interface Origin {
  /** The name of the network backend. */
  backend: string;
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

/**
 * A network manager of the host (systemd-networkd, ifupdown, …), which configures NICs from its files. Pure: it makes
 * files and commands as text. Each backend is a file or a folder in backends/, and a line in backends/index.ts.
 */
export interface NetworkBackend extends Detection {
  /** Records on hosts and the output `configuredBy` contain it. */
  name: string;
  /** Why the configuration cannot move to a bridge. Undefined when it can. */
  obstacle(origin: Origin): string | undefined;
  /** Whether the configuration asks a DHCP server for IPv4 addresses. */
  asksDhcp(origin: Origin): boolean;
  /** The configuration with the NIC as the bridge's port. */
  render(origin: Origin, wishes: Wishes): Rendering;
  /**
   * Fails when the network manager would reject the files. They are below `$root`, under their own paths.
   * @default no check
   */
  check?(names: Names, paths: readonly string[]): Sh;
  /** Releases the NIC. Runs with the NIC's own files in place. @default nothing, `enterBridge` does it */
  leaveNic?(names: Names): Sh;
  /**
   * Makes the bridge and its port as bare links, before `enterBridge` and after a change that stopped half way.
   * @default formBridge in bridge-commands.ts
   */
  formBridge?(names: Names): Sh;
  /** Brings the bridge up. Runs with the bridge's files in place. */
  enterBridge(names: Names): Sh;
  /**
   * Takes the bridge down. Runs with all or some of the bridge's files in place.
   * @default nothing, `enterNic` and `enterBridge` do it
   */
  leaveBridge?(names: Names): Sh;
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
   * @default nothing
   */
  atBoot?(names: Names, device: string): Sh;
  /** Its configuration gives the bridge the NIC's zone in firewalld. @default false */
  setsZone?: true;
}

/** How a backend is found. The state of the host tells it, neither the distribution nor the installed packages. */
export interface Detection {
  /** Prints a line for everything that tells whether the backend configures the NIC. @default none */
  printSignals?(nic: string): Sh;
  /** Patterns of its configuration files, as words of a shell. */
  filePatterns: Sh;
  /** Commands that set the variables in `filePatterns`. @default none */
  findFiles?: Sh;
  /** The folder below which its scripts are. A script that names the NIC would do nothing for the bridge. */
  scriptFolder: string;
  /** Patterns of these scripts, as words of a shell. @default none, or another backend has the same folder */
  scriptPatterns?: Sh;
  /** @returns undefined when the backend does not configure the NIC */
  detect(nic: string, seen: NicConfig): Detected | undefined;
  /** Its other files, which may need the NIC or belong to it. @default none, or `obstacle` reads them */
  neighbours?: Neighbours;
  /** Why the NIC cannot be taken although the backend configures it. @default no other reason */
  conflict?(nic: string, seen: NicConfig): string | undefined;
}

/** The configuration of a NIC, as in Origin. */
export interface Detected extends Pick<Origin, "sources" | "connection" | "definition" | "iaid"> {
  /** The backend that applies the files, when it is another one. It does not count as a second backend of the NIC then. */
  appliedBy?: string;
}

/** Files in one folder that are not the NIC's own configuration. */
export interface Neighbours {
  folder: string;
  lines(content: string, name: string): { line: number; text: string; key: string; value: string }[];
  /** The keys whose value may name the NIC. */
  keys: RegExp;
  /** Whether the file belongs to the NIC by its name. */
  belongs(name: string, nic: string): boolean;
}

/** The content of a file that must be in the record. */
export function contentOf({ nic, files }: Origin, path: string): string {
  const file = files[path];
  if (!file)
    throw new CommandFailed(
      publicBridgeErrors.incompleteRecord(`the record of ${nic} does not have the file ${path}. Restore it`),
    );
  return file.content;
}
