import { lines, type Sh, sh } from "../../core/shell";
import { nicFolder } from "../../host-state/paths";
import { type Addressing, hasDefault } from "../../network-change/addressing.fact";
import type { Link } from "../link/links.fact";
import type { Origin } from "./backend";
import { sourcesOf } from "./backends/ifupdown/sources";
import { namedElsewhere } from "./named-elsewhere";
import type { ConfigFiles, NicOwner } from "./nic-config.fact";
import type { OwnerName } from "./owner-name";

/**
 * Finds the network manager of each NIC by its state on the host. Neither the distribution nor the installed packages
 * tell it.
 */

type Found = Pick<Origin, "owner" | "sources" | "connection" | "definition">;

/** The record on the host. The original files are not in it but lie beside it. */
type Written = Omit<Origin, "files"> & { mark: string };

/**
 * The network manager and its files. A text is the reason for a refusal, for example when there is none or more than
 * one.
 */
export function ownersOf(nic: string, seen: NicOwner): Found | string {
  const found = [ofNetworkd(seen), ofIfupdown(seen), ofNetworkManager(seen), ofWicked(nic, seen)].filter(
    (one) => one !== undefined,
  );
  const [only, other] = found;
  if (!only) {
    return `nobody that is known here takes care of ${nic}: neither systemd-networkd, netplan, ifupdown, NetworkManager nor wicked. Configure it with one of them first`;
  }
  if (other) {
    const names = found.map(({ owner }) => owner).join(" and ");
    return `${names} both take care of ${nic}, and would undo each other's work. Let one of them go`;
  }
  const elsewhere = namedElsewhere(nic, only, seen);
  if (elsewhere !== undefined) return elsewhere;
  const added =
    only.owner === "netplan" && seen.networkd ? dropInsOf(seen.networkd.networkFile, seen.files)[0] : undefined;
  if (added !== undefined)
    return `${added} adds to what netplan makes for ${nic}, and would hold for the port. Write it into netplan's own files`;
  const unread = only.sources.find((path) => !seen.files[path]);
  if (unread !== undefined)
    return `${unread}, where ${nic} is configured, cannot be read: it is absent, no file, or larger than 256 KiB`;
  return only;
}

export function originOf(found: Found, bridge: string, link: Link, seen: NicOwner, addressing: Addressing): Origin {
  const v4 = addressing.routes.find(({ family, destination }) => family === 4 && destination === "default");
  const fromDhcp = 16;
  return {
    ...found,
    nic: link.name,
    bridge,
    macAddress: link.macAddress,
    mtu: link.mtu,
    ...identityOf(seen),
    acceptsAdvertisements: !seen.ipv6Forwarding,
    cloudInit: seen.cloudInit && found.sources.some((path) => path.includes("cloud-init")),
    addresses: addressing.addresses.filter(({ dynamic }) => !dynamic).map(({ cidr }) => cidr),
    dynamic: addressing.addresses.filter(({ dynamic }) => dynamic).map(({ cidr }) => cidr),
    ways: ([4, 6] as const).filter((family) => hasDefault(addressing, family)),
    // Routes of dhclient do not show where they come from. A dynamic address then shows it.
    wayFromDhcp:
      v4?.protocol === fromDhcp || addressing.addresses.some(({ cidr, dynamic }) => dynamic && !cidr.includes(":")),
    files: Object.fromEntries(found.sources.flatMap((path) => (seen.files[path] ? [[path, seen.files[path]]] : []))),
  };
}

/** The record from the time when we took the NIC over, with the mark of its owner. */
export function recorded(seen: NicOwner): (Origin & { mark: string }) | undefined {
  if (!seen.record) return undefined;
  return { ...(JSON.parse(seen.record.json) as Written), files: seen.record.files };
}

/** Writes the record. It copies each file with all its attributes, so that a delete can restore it exactly. */
export function record(origin: Origin, mark: string, files: readonly string[]): Sh {
  const { files: _files, ...rest } = origin;
  const folder = nicFolder(origin.nic);
  const written: Written = { ...rest, mark };
  return lines(
    sh`rm -rf ${folder}`,
    sh`mkdir -p -m 711 ${folder.slice(0, folder.lastIndexOf("/"))}`,
    sh`mkdir -m 700 ${folder} ${folder}/old`,
    ...[...new Set(files)].map(
      (path) => sh`
        if [ -e ${path} ]; then
          mkdir -p ${savedAt(origin.nic, path.slice(0, path.lastIndexOf("/")))}
          cp -a ${path} ${savedAt(origin.nic, path)}
        fi`,
    ),
    sh`printf '%s\n' ${JSON.stringify(written)} >${folder}/origin.json`,
  );
}

export function savedAt(nic: string, path: string): string {
  return `${nicFolder(nic)}/old${path}`;
}

function ofNetworkd({ networkd, files }: NicOwner): Found | undefined {
  if (!networkd) return undefined;
  const { networkFile, dropIns } = networkd;
  const definition = /^\/run\/systemd\/network\/\d+-netplan-(.+)\.network$/.exec(networkFile)?.[1];
  if (definition !== undefined) return { owner: "netplan", sources: netplanFiles(files), definition };
  const found = dropInsOf(networkFile, files);
  return { owner: "networkd", sources: [networkFile, ...found, ...dropIns.filter((path) => !found.includes(path))] };
}

/** The drop-ins, sorted by name. A name in /etc hides the same name in /run, and so on in the order of `folders`. */
export function dropInsOf(networkFile: string, files: ConfigFiles): string[] {
  const base = networkFile.slice(networkFile.lastIndexOf("/") + 1);
  const folders = ["/etc", "/run", "/usr/local/lib", "/usr/lib"].map((root) => `${root}/systemd/network/${base}.d/`);
  return inOrderOfNames(folders, ".conf", files);
}

function inOrderOfNames(folders: readonly string[], suffix: string, files: ConfigFiles): string[] {
  const here = Object.keys(files).filter((path) => path.endsWith(suffix));
  const names = here.flatMap((path) =>
    folders.filter((one) => path.startsWith(one)).map((one) => path.slice(one.length)),
  );
  const own = [...new Set(names)].filter((name) => !name.includes("/")).sort();
  return own.flatMap((name) => folders.map((one) => one + name).find((path) => files[path]) ?? []);
}

function ofIfupdown({ ifupdown, files }: NicOwner): Found | undefined {
  if (!ifupdown) return undefined;
  return { owner: "ifupdown", sources: sourcesOf(files) };
}

function ofNetworkManager({ networkManager, files }: NicOwner): Found | undefined {
  if (!networkManager) return undefined;
  const { uuid, file } = networkManager;
  if (/^\/run\/NetworkManager\/system-connections\/netplan-/.test(file))
    return { owner: "netplan", sources: netplanFiles(files) };
  const owner: OwnerName = file.includes("/ifcfg-") ? "ifcfg" : "NetworkManager";
  const beside = ["route", "route6"].map((kind) => file.replace("/ifcfg-", `/${kind}-`));
  const sources = owner === "ifcfg" ? [file, ...beside.filter((path) => files[path])] : [file];
  return { owner, sources, connection: uuid };
}

function ofWicked(nic: string, { wicked, files }: NicOwner): Found | undefined {
  const own = ["ifcfg", "ifroute"].map((kind) => `/etc/sysconfig/network/${kind}-${nic}`);
  if (!wicked || !files[own[0] ?? ""]) return undefined;
  return { owner: "wicked", sources: own.filter((path) => files[path]) };
}

/**
 * netplan reads the files of all its folders, sorted by name. A name in /run hides the same name in /etc, and that one
 * hides the same name in /usr/lib.
 */
function netplanFiles(files: ConfigFiles): string[] {
  return inOrderOfNames(["/run/netplan/", "/etc/netplan/", "/usr/lib/netplan/"], ".yaml", files);
}

/**
 * The IAID from a client identifier of RFC 4361: ff, the IAID (four bytes that networkd derives from the interface
 * name), and the host's DUID.
 */
function identityOf({ networkd }: NicOwner): { iaid?: number } {
  const iaid = /^ff([0-9a-f]{8})/i.exec(networkd?.clientId ?? "")?.[1];
  return iaid === undefined ? {} : { iaid: Number.parseInt(iaid, 16) };
}
