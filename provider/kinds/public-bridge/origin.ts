import type { Problem } from "../../core/problem";
import { lines, type Sh, sh } from "../../core/shell";
import { nicFolder } from "../../host-state/paths";
import { type Addressing, hasDefault } from "../../network-change/addressing.fact";
import type { Link } from "../link/links.fact";
import type { Detected, NetworkBackend, Origin } from "./backend";
import { networkBackends } from "./backends";
import { publicBridgeErrors } from "./errors";
import { namedElsewhere } from "./named-elsewhere";
import type { NicConfig } from "./nic-config";

/** A network backend that configures the NIC, and its files. */
interface Found extends Detected {
  backend: NetworkBackend;
}

/** The record on the host. It has the name of the backend as `owner`. The original files lie beside it. */
type Written = Omit<Origin, "files" | "backend"> & { owner: string; mark: string };

/**
 * The network backend and its files. A problem is the reason for a refusal, for example when there is none or more than
 * one.
 */
export function configOf(nic: string, seen: NicConfig): Found | Problem {
  const found = backendsOf(nic, seen);
  const { notManaged, managedTwice, notUnderstood } = publicBridgeErrors;
  const [only, other] = found;
  if (!only) {
    return notManaged(
      `no known network manager configures ${nic}: neither systemd-networkd, netplan, ifupdown, NetworkManager nor wicked. Configure it with one of them first`,
    );
  }
  if (other) {
    const names = found.map(({ backend }) => backend.name).join(" and ");
    return managedTwice(
      `${names} both configure ${nic}, and would undo each other's changes. Remove the configuration from one of them`,
    );
  }
  const reason = namedElsewhere(nic, only.backend, only, seen) ?? only.backend.conflict?.(nic, seen);
  if (reason !== undefined) return notUnderstood(reason);
  const unread = only.sources.find((path) => !seen.files[path]);
  if (unread !== undefined)
    return notUnderstood(
      `${unread}, which configures ${nic}, cannot be read: it is absent, not a file, or larger than 256 KiB`,
    );
  return only;
}

function backendsOf(nic: string, seen: NicConfig): Found[] {
  const found = networkBackends.flatMap((backend) => {
    const detected = backend.detect(nic, seen);
    return detected ? [{ backend, ...detected }] : [];
  });
  return found.filter(({ backend }) => !found.some(({ appliedBy }) => appliedBy === backend.name));
}

export function originOf(found: Found, bridge: string, link: Link, seen: NicConfig, addressing: Addressing): Origin {
  const v4 = addressing.routes.find(({ family, destination }) => family === 4 && destination === "default");
  const fromDhcp = 16;
  const { backend, appliedBy: _, iaid, ...config } = found;
  return {
    backend: backend.name,
    ...config,
    nic: link.name,
    bridge,
    macAddress: link.macAddress,
    mtu: link.mtu,
    ...(iaid !== undefined && { iaid }),
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
export function recorded(seen: NicConfig): (Origin & { mark: string }) | undefined {
  if (!seen.record) return undefined;
  const { owner, ...rest } = JSON.parse(seen.record.json) as Written;
  return { ...rest, backend: owner, files: seen.record.files };
}

/** Writes the record. It copies each file with all its attributes, so that a delete can restore it exactly. */
export function record(origin: Origin, mark: string, files: readonly string[]): Sh {
  const { files: _files, backend, ...rest } = origin;
  const folder = nicFolder(origin.nic);
  const written: Written = { owner: backend, ...rest, mark };
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
