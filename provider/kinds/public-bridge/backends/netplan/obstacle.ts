import type { Origin } from "../../backend";
import { at, fates, firstOf, unknownTo } from "../../fates";
import { definitionOf, definitionsIn, type Found, order, takesBridge } from "./definition";
import { type Document, documentsOf } from "./document";

/** The known settings (netplan(5)). Settings of the link stay with the port. The MTU goes to both. */
const settings = fates({
  port: `match set-name macaddress mtu wakeonlan renderer emit-lldp
    receive-checksum-offload transmit-checksum-offload tcp-segmentation-offload tcp6-segmentation-offload
    generic-segmentation-offload generic-receive-offload large-receive-offload`,
  bridge: `dhcp4 dhcp6 dhcp4-overrides dhcp6-overrides ra-overrides dhcp-identifier accept-ra addresses gateway4 gateway6
    nameservers routes routing-policy optional optional-addresses critical ignore-carrier link-local ipv6-privacy ipv6-mtu
    ipv6-address-generation ipv6-address-token`,
});

export function isOfLink(key: string): boolean {
  return settings.get(key) === "port";
}

/**
 * The id of the NIC's own definition beside one that it shares with others. It sorts before all files that netplan
 * could make from theirs.
 */
export function ownId({ nic }: Origin): string {
  return `00-pulumi-kvm-${nic}`;
}

/**
 * The first line that pulumi-kvm does not understand in the files that have the NIC, and why. Undefined when it
 * understands all.
 */
export function obstacleIn(origin: Origin): string | undefined {
  const documents = documentsOf(origin);
  const broken = documents.find(({ problem }) => problem !== undefined);
  if (broken) return broken.problem;
  const found = definitionOf(origin);
  if (!found) return `${origin.nic} is not in "ethernets" of ${origin.sources.join(", ")}. Add it there`;
  const own = documents.filter(({ path }) => found.paths.includes(path));
  return firstOf([
    ...documents.map((document) => () => renderedElsewhere(document, found)),
    ...own.map((document) => () => strange(document, found)),
    ...documents.map((document) => () => usedBy(document, found, origin)),
    ...documents.map((document) => () => takenForBridge(document, origin)),
    () =>
      found.isShared && order(ownId(origin), found.id) > 0
        ? `the definition ${found.id} sorts before ${ownId(origin)}. Rename the definition`
        : undefined,
  ]);
}

function renderedElsewhere({ path, network, lineOf }: Document, { id }: Found): string | undefined {
  const places = [
    ["network", "renderer"],
    ["network", "ethernets", "renderer"],
    ["network", "ethernets", id, "renderer"],
  ];
  const found = places.find((keys) => valueAt({ network }, keys) === "NetworkManager");
  if (!found) return undefined;
  return `${at(path, lineOf(found))}: the renderer NetworkManager is not supported. Use the renderer networkd`;
}

/** A setting that is in no list, or a file that other programs write. */
function strange({ path, network, lineOf }: Document, { id }: Found): string | undefined {
  const keys = ["network", "ethernets", id];
  const unknown = Object.keys(network.ethernets?.[id] ?? {}).find((key) => !settings.has(key));
  if (unknown !== undefined) return unknownTo(at(path, lineOf([...keys, unknown])), `"${unknown}"`);
  if (path.startsWith("/etc/")) return undefined;
  return `${at(path, lineOf(keys))}: another program writes this file, so changes in it are lost. Put a file with this name into /etc/netplan`;
}

function usedBy(
  { path, network, lineNaming, lineOf }: Document,
  { id }: Found,
  { nic, bridge }: Origin,
): string | undefined {
  const line = lineNaming(id, ["network", "ethernets", id]) ?? lineNaming(nic, ["network", "ethernets", id]);
  if (line !== undefined)
    return `${at(path, line)}: another definition uses ${nic}. Remove it, or make the bridge by hand`;
  const kind = Object.entries(network).find(([, one]) => typeof one === "object" && one && Object.hasOwn(one, bridge));
  if (!kind) return undefined;
  return `${at(path, lineOf(["network", kind[0], bridge]))}: ${bridge} exists already. Give the bridge another name`;
}

/** Refuses a bridge name that a pattern like `*` matches, when its definition comes before the bridge's. */
function takenForBridge({ path, network, lineOf }: Document, origin: Origin): string | undefined {
  const here = definitionsIn(origin).filter(({ id }) => Object.hasOwn(network.ethernets ?? {}, id));
  const found = here.find((one) => takesBridge(one, origin.bridge));
  if (!found) return undefined;
  return `${at(path, lineOf(["network", "ethernets", found.id]))}: ${found.id} matches ${origin.bridge} too. Give the bridge another name`;
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (one, key) =>
      typeof one === "object" && one !== null && Object.hasOwn(one, key) ? one[key as keyof typeof one] : undefined,
    value,
  );
}
