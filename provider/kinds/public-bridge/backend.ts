import { CommandFailed } from "../../core/errors";
import type { Sh } from "../../core/shell";
import type { ConfigFile, ConfigFiles } from "./nic-config.fact";
import type { OwnerName } from "./owner-name";

/** What was found of a NIC when it was taken over: every later configuration is made from it, and delete gives it back. */
export interface Origin {
  owner: OwnerName;
  nic: string;
  bridge: string;
  macAddress: string;
  mtu: number;
  /** The files that the configuration is read from, the first one first. */
  sources: string[];
  /** NetworkManager's name of the connection that the NIC had. */
  connection?: string;
  /** netplan's name of the definition that networkd took for the NIC. */
  definition?: string;
  /** By which identity of RFC 4361 the DHCP server knows it: networkd would make another one of the bridge's name. */
  iaid?: number;
  /** Router advertisements are taken unless the configuration says otherwise. */
  acceptsAdvertisements: boolean;
  /** With prefix lengths: those that do not end by themselves, and those from a server or a router. */
  addresses: string[];
  dynamic: string[];
  /** The families of which the NIC had a way out, and whether that of IPv4 came from a DHCP server. */
  ways: (4 | 6)[];
  wayFromDhcp: boolean;
  /** cloud-init would write the NIC's configuration anew at the next boot. */
  cloudInit: boolean;
  /** Files as they were, those of `sources` and those that are replaced. */
  files: ConfigFiles;
}

/** What is to be other than what the NIC has; what is not said stays as it is. */
export interface Wishes {
  addresses?: readonly string[] | undefined;
  gateways?: readonly string[] | undefined;
  nameservers?: readonly string[] | undefined;
  dhcp?: boolean | undefined;
}

/** What the files become; undefined is absent. A file that is not named stays as it is. */
export type Rendering = Readonly<Record<string, ConfigFile | undefined>>;

/** The names that commands need. */
export interface Names {
  nic: string;
  bridge: string;
  macAddress: string;
  connection?: string;
}

/** Whoever holds a NIC's configuration. Pure: files and commands as text. */
export interface Owner {
  name: OwnerName;
  /** What in the configuration cannot be carried over to a bridge; undefined when all can. */
  obstacle(origin: Origin): string | undefined;
  /** Whether the configuration asks a DHCP server for addresses of IPv4. */
  asksDhcp(origin: Origin): boolean;
  /** The configuration with the NIC as the bridge's port. */
  render(origin: Origin, wishes: Wishes): Rendering;
  /** Fails when the owner would not take the files; `$root` holds them, below their own paths. */
  check(names: Names, paths: readonly string[]): Sh;
  /** With the NIC's own files in place: lets go of it. */
  leaveNic(names: Names): Sh;
  /** The bridge and its port as mere links, before `enterBridge` and after something was half done. @default with ip */
  formBridge?(names: Names): Sh;
  /** With the bridge's files in place: makes it so. */
  enterBridge(names: Names): Sh;
  /** With the bridge's files in place, or some of them. */
  leaveBridge(names: Names): Sh;
  /** With the NIC's own files in place. `unasked` lets addresses be used at once: before they are given to the NIC. */
  enterNic(names: Names, unasked: Sh): Sh;
  /** Brings the network up from its files, as a boot does. @default it cannot run beside itself: the first boot proves it */
  rehearse?: Sh;
  /** After the files were put back and before the network is brought up; the device is the one that will have it all. */
  atBoot(names: Names, device: string): Sh;
}

/** The content of a file that must be there. */
export function contentOf({ files }: Origin, path: string): string {
  const file = files[path];
  if (!file) throw new CommandFailed(`the record of the NIC lacks ${path}`);
  return file.content;
}
