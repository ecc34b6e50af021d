import { contentOf, type Origin } from "../../backend";
import { at, type Fate, type Fates, fates, firstOf, named, quoted, unknownTo } from "../../fates";
import { type Entry, entriesIn, keyOf, type Section } from "../../formats/ini";
import { hasName } from "../../formats/words";

/**
 * The known keys (nm-settings-keyfile(5)). Our own values replace the dropped ones: the name, the MAC, the MTU,
 * autoconnect.
 */
const ofAddresses = /^(address(es)?\d*|routes?\d*(_options)?|routing-rules?\d*)$/;
const ofIp = fates({
  bridge: `method gateway dns dns-search dns-options dns-priority dhcp-client-id dhcp-iaid dhcp-duid dhcp-timeout
    dhcp-hostname dhcp-hostname-flags dhcp-send-hostname dhcp-fqdn dhcp-vendor-class-identifier dhcp-reject-servers
    dhcp-dscp dhcp-send-release dhcp-pd-hint dhcp-ipv6-only-preferred never-default may-fail ignore-auto-dns
    ignore-auto-routes route-metric route-table required-timeout dad-timeout link-local replace-local-rule
    auto-route-ext-gw routed-dns addr-gen-mode ip6-privacy token ra-timeout mtu temp-valid-lifetime
    temp-preferred-lifetime`,
});
const ofEthernet = fates({
  port: "port speed duplex auto-negotiate wake-on-lan wake-on-lan-password accept-all-mac-addresses",
  dropped: "mac-address mac-address-blacklist mac-address-denylist cloned-mac-address mtu",
});
const settings: ReadonlyMap<string, Fates> = new Map([
  [
    "connection",
    fates({
      bridge: `zone metered mdns llmnr dns-over-tls stable-id mptcp-flags mud-url auth-retries
        gateway-ping-timeout`,
      port: "lldp",
      dropped: `id uuid type permissions interface-name autoconnect autoconnect-priority autoconnect-retries autoconnect-slaves
        autoconnect-ports timestamp multi-connect read-only wait-device-timeout wait-activation-delay`,
    }),
  ],
  ["ethernet", ofEthernet],
  ["802-3-ethernet", ofEthernet],
  ["ipv4", ofIp],
  ["ipv6", ofIp],
]);
/** Sections that move, stay or are dropped as a whole. The section "match" only chooses the NIC. */
const whole = fates({ bridge: "proxy hostname", port: "ethtool", dropped: "match user" });

const methods: ReadonlyMap<string, readonly string[]> = new Map([
  ["ipv4", ["auto", "manual", "disabled", "link-local"]],
  ["ipv6", ["auto", "dhcp", "manual", "disabled", "ignore", "link-local"]],
]);

/** The lines of a section whose keys have this fate. */
export function linesFor(fate: Fate, section: string, all: readonly Section[]): string[] {
  const names = section === "ethernet" ? ["ethernet", "802-3-ethernet"] : [section];
  const found = all.filter(({ name }) => names.includes(name)).flatMap(({ lines }) => lines);
  const kept = found.filter((line) => settings.get(section)?.get(keyOf(line)) === fate);
  return kept.map((line) => `${keyOf(line)}=${line.slice(line.indexOf("=") + 1).trim()}`);
}

/**
 * The first line that pulumi-kvm does not understand in the NIC's connection, and why. Undefined when it understands
 * all.
 */
export function obstacleIn(origin: Origin): string | undefined {
  const [path = ""] = origin.sources;
  const content = origin.files[path] ? contentOf(origin, path) : "";
  const entries = entriesIn(content);
  const type = entries.findLast(({ section, key }) => section === "connection" && key === "type")?.value;
  if (!path.startsWith("/etc/"))
    return `the connection of the NIC is ${path ? `in ${path}` : "not in a file"}, so it does not survive a restart. Save it first: nmcli connection modify`;
  if (!["ethernet", "802-3-ethernet"].includes(type ?? ""))
    return `${path}: the connection has the type ${type}, but only wired NICs are supported`;
  return firstOf(entries.map((entry) => () => strange(path, entry, origin.nic)));
}

function strange(path: string, entry: Entry, nic: string): string | undefined {
  const { line, text, section, key, value } = entry;
  const where = at(path, line);
  // A line that ends in a backslash continues only for systemd, not for NetworkManager.
  const isKnown = key !== "" && !text.endsWith("\\") && (whole.has(section) || fateOf(section, key) !== undefined);
  if (!isKnown || !isKnownValue(entry))
    return unknownTo(where, `${isKnown ? quoted(text) : named(text)} in [${section}]`);
  if (/^ipv[46]$/.test(section) && hasName(value, nic))
    return `${where}: ${named(text)} needs ${nic} with its addresses, but the port of a bridge has none. Change the line`;
  return undefined;
}

function fateOf(section: string, key: string): Fate | undefined {
  if (/^ipv[46]$/.test(section) && ofAddresses.test(key)) return "bridge";
  return settings.get(section)?.get(key);
}

/**
 * A random MAC would differ from the MAC that the bridge keeps. A connection with the highest priority would get the
 * NIC.
 */
function isKnownValue({ section, key, value }: Entry): boolean {
  if (key === "cloned-mac-address") return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$|^(preserve|permanent)$/i.test(value);
  if (section === "connection" && key === "autoconnect-priority") return value !== "999";
  return key !== "method" || methods.get(section)?.includes(value) === true;
}
