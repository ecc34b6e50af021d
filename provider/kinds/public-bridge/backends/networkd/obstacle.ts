import { contentOf, type Origin } from "../../backend";
import { at, type Fates, fates, firstOf, named, unknownTo } from "../../fates";
import { type Entry, entriesIn } from "../../formats/ini";
import { hasName } from "../../formats/words";

/**
 * The sections that move to the bridge as a whole (systemd.network(5)). For [Network] and [Link], each setting counts.
 */
const sections = fates({
  bridge: `Address Neighbor IPv6AddressLabel RoutingPolicyRule NextHop Route DHCP DHCPv4 DHCPv6 DHCPPrefixDelegation
    IPv6PrefixDelegation IPv6AcceptRA DHCPServer DHCPServerStaticLease IPv6SendRA IPv6Prefix IPv6RoutePrefix
    IPv6PREF64Prefix LLDP`,
  dropped: "Match",
});

const settings: ReadonlyMap<string, Fates> = new Map([
  [
    "Network",
    fates({
      bridge: `Description DHCP DHCPServer LinkLocalAddressing IPv6LinkLocalAddressGenerationMode IPv6StableSecretAddress
        IPv4LLStartAddress IPv4LLRoute DefaultRouteOnDevice LLMNR MulticastDNS DNSOverTLS DNSSEC
        DNSSECNegativeTrustAnchors LLDP EmitLLDP Address Gateway DNS Domains DNSDefaultRoute UseDomains NTP IPForward
        IPv4Forwarding IPv6Forwarding IPMasquerade IPv6PrivacyExtensions IPv6AcceptRA IPv6AcceptRouterAdvertisements
        IPv6DuplicateAddressDetection IPv6HopLimit IPv6RetransmissionTimeSec IPv4ReversePathFilter IPv4AcceptLocal
        IPv4RouteLocalnet IPv4ProxyARP IPv4ProxyARPPrivateVLAN IPv6ProxyNDP IPv6ProxyNDPAddress IPv6SendRA
        IPv6PrefixDelegation DHCPPrefixDelegation DHCPv6PrefixDelegation IPv6MTUBytes IPv6Token ConfigureWithoutCarrier
        IgnoreCarrierLoss KeepConfiguration`,
    }),
  ],
  [
    "Link",
    fates({
      port: "MACAddress ActivationPolicy Promiscuous",
      bridge: "MTUBytes ARP Multicast AllMulticast Group RequiredForOnline RequiredFamilyForOnline",
    }),
  ],
]);

const stacked = /^(VLAN|Bridge|Bond|MACVLAN|MACVTAP|IPVLAN|IPVTAP|VRF|BatmanAdvanced|VXLAN|Tunnel|MACsec|IPoIB|Xfrm)$/;

/**
 * The first line that pulumi-kvm does not understand in the files that networkd uses for the NIC, and why. Undefined
 * when it understands all.
 */
export function obstacleIn(origin: Origin, ours: string): string | undefined {
  const [path = ""] = origin.sources;
  return firstOf([
    ...origin.sources.flatMap((one) =>
      entriesIn(contentOf(origin, one)).map((entry) => () => strange(one, entry, origin.nic)),
    ),
    () =>
      baseOf(path) < baseOf(ours)
        ? `${path} sorts before ${ours}, so networkd would not use ${ours}. Rename the file`
        : undefined,
  ]);
}

function strange(path: string, { line, text, section, key, value }: Entry, nic: string): string | undefined {
  const where = at(path, line);
  if (section === "Network" && stacked.test(key))
    return `${where}: the port of a bridge cannot have ${key}=. Remove it, or make the bridge by hand`;
  const isKnown = key !== "" && (sections.has(section) || settings.get(section)?.has(key) === true);
  if (!isKnown) return unknownTo(where, section === "" ? named(text) : `${named(text)} in [${section}]`);
  if (section !== "Match" && key !== "Description" && hasName(value, nic))
    return `${where}: ${named(text)} needs ${nic} with its addresses, but the port of a bridge has none. Change the line`;
  return undefined;
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
