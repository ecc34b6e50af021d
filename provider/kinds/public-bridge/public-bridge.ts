import { z } from "zod";
import { absent, unseen } from "../../core/actual";
import { canonical, familyOf } from "../../core/addresses";
import { kind, type Wanted, wanted, warn } from "../../core/kind";
import { linkName, longestLinkName } from "../../core/names";
import { addressArg, cidrArg, complain, linkNameArg, wholeArg } from "../../core/validators";
import { addressingOf } from "../../network-change/addressing.fact";
import { networkChange } from "../../network-change/pending-change.fact";
import { bridgeNetfilter } from "../firewall/bridge-netfilter.fact";
import { packetFilter } from "../firewall/packet-filter.fact";
import { links } from "../link/links.fact";
import { nicConfigOf } from "./nic-config.fact";
import { nicRulesOf } from "./nic-rules.fact";
import { filesAre, guestsBlocked, neverBegan, ownRecord, runs, toBridge, toNic } from "./plan";
import { rendered } from "./rendering";
import { wayIn } from "./ssh-address.fact";

/** The bridge that a NIC of the host joins. The bridge gets all settings of the NIC that no argument sets. */
const schema = z
  .strictObject({
    ...wanted,
    /**
     * Interface name of the bridge, at most 15 bytes.
     * @default "br-" and the NIC's name, or a generated name if that is too long
     */
    name: linkNameArg,
    /** The NIC that becomes the bridge's port. It may be the NIC of the SSH connection that Pulumi uses. */
    nic: linkNameArg,
    /**
     * Addresses of the bridge, IPv4 and IPv6, each with its prefix length.
     * @default the addresses in the NIC's configuration
     */
    addresses: z.array(cidrArg).optional(),
    /** Default gateways, at most one for each family. @default the gateways in the NIC's configuration */
    gateways: z.array(addressArg).optional(),
    /** Addresses of the name servers. @default the name servers in the NIC's configuration */
    nameservers: z.array(addressArg).optional(),
    /** Whether the bridge asks the LAN's DHCP server for an IPv4 address. @default as in the NIC's configuration */
    dhcp: z.boolean().optional(),
    /**
     * Time limit in seconds for the confirmation of a change, 10 to 600. Without a confirmation in this time, the host
     * rolls the change back.
     */
    confirmWithinSeconds: wholeArg(10, 600),
    /**
     * What to do if another machine on the LAN already has an address of the bridge. "refuse": the change fails. "ignore":
     * the host does not check this.
     */
    addressConflict: z.enum(["refuse", "ignore"]),
    /**
     * "off": frames between the ports of a bridge do not go through the host's packet filter (br_netfilter). Set it on a
     * host with Docker, whose forward chain drops these frames. "off" creates two Sysctls as children of this resource, one
     * for IPv4 and one for IPv6. They apply to all bridges of the host. The value must be "off" itself, not an output of
     * another resource.
     * @plain
     * @default the setting of the host does not change
     */
    bridgeNetfilter: z.literal("off", 'must be "off" or absent').optional(),
    /**
     * What to do if packet filter rules (iptables or nftables) name the NIC. Packets that arrive through the bridge do not
     * match such rules. "keep": the rules do not change, and a warning lists them.
     * @default the update fails, and the error lists the rules
     */
    rulesOnNic: z.literal("keep", 'must be "keep" or absent').optional(),
    /** Always true: the bridge is up, with the NIC as its port. False in a refresh means drift. */
    up: z.literal(true),
    /**
     * Always true: the files of the NIC's network manager configure the bridge, so it exists again after a reboot. False in
     * a refresh means drift.
     */
    persistent: z.literal(true),
  })
  .check((ctx) => {
    const { gateways = [], addresses = [], nic, name } = ctx.value;
    if (nic === name) complain(ctx, "name: the bridge and the NIC must have different names");
    for (const family of [4, 6])
      if (gateways.filter((one) => familyOf(one) === family).length > 1)
        complain(ctx, `gateways: at most one IPv${family} gateway is possible`);
    if (new Set(addresses.map(canonical)).size < addresses.length) complain(ctx, "addresses: duplicate entry");
  });

type Want = z.infer<typeof schema> & Wanted;

interface Outputs {
  /** MAC address of the bridge. It is the NIC's MAC, so neighbours and the DHCP server see the same MAC as before. */
  macAddress: string;
  /**
   * The network manager whose files configure the bridge: "ifupdown", "networkd", "netplan", "NetworkManager", "ifcfg"
   * or "wicked".
   */
  configuredBy: string;
  /**
   * The addresses of the bridge with their prefix lengths: fixed ones, and those from DHCP or router advertisements.
   */
  ipAddresses: string[];
}

const facts = (want: Want) => ({
  links,
  nicConfig: nicConfigOf(want.nic),
  onNic: addressingOf(want.nic),
  onBridge: addressingOf(want.name),
  change: networkChange,
  wayIn,
  bridgeNetfilter,
  packetFilter,
  nicRules: nicRulesOf(want.nic, want.name),
});

/**
 * A bridge on the LAN of the host itself. The host's NIC becomes a port of the bridge. The bridge gets the NIC's MAC,
 * addresses, routes and name servers, now and after a reboot. After each change, the provider confirms the change over a
 * new login. Without this confirmation, the host rolls the change back.
 * @example
 * const lan = new kvm.PublicBridge("lan", { host, nic: "eth0" });
 */
export const publicBridge = kind<Want, ReturnType<typeof facts>, Outputs>({
  name: "PublicBridge",
  schema,
  defaults: { confirmWithinSeconds: 120, addressConflict: "refuse", up: true, persistent: true },
  derive: (given, known) => ({ name: given.name ?? known.name ?? defaultName(given) }),
  impact: { name: "replace", nic: "replace", addresses: "live", gateways: "live", dhcp: "live" },
  facts,
  plan: toBridge,
  absent: toNic,
  warns: (want, seen) => [guestsBlocked(want, seen) ?? []].flat().map(warn),
  actual: (want, seen) => {
    const origin = ownRecord(want, seen.nicConfig);
    if (!origin || neverBegan(want, origin, seen)) return absent;
    const there = seen.links[origin.bridge]?.addresses ?? [];
    return {
      up: runs(want, origin, seen) as true,
      persistent: filesAre(rendered(origin, want), seen.nicConfig.files),
      addresses: want.addresses?.filter((one) => there.map(canonical).includes(canonical(one))) ?? unseen,
      nic: unseen,
      gateways: unseen,
      nameservers: unseen,
      dhcp: unseen,
      confirmWithinSeconds: unseen,
      addressConflict: unseen,
      bridgeNetfilter: unseen,
      rulesOnNic: unseen,
    };
  },
  outputs: (want, { links, nicConfig, onBridge }) => ({
    macAddress: links[want.name]?.macAddress ?? "",
    configuredBy: ownRecord(want, nicConfig)?.backend ?? "",
    ipAddresses: onBridge.addresses.map(({ cidr }) => cidr),
  }),
});

function defaultName({ nic, host, path }: Want): string {
  const name = `br-${nic}`;
  return name.length <= longestLinkName ? name : linkName(host.uid, "PublicBridge", path);
}
