import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { canonical, familyOf } from "../../core/addresses";
import { kind, say, type Wanted, wanted } from "../../core/kind";
import { linkName, longestLinkName } from "../../core/names";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import { addressArg, cidrArg, complain, linkNameArg, wholeArg } from "../../core/validators";
import { addressingOf } from "../../network-change/addressing.fact";
import { networkChange } from "../../network-change/pending-change.fact";
import { bridgeNetfilter } from "../firewall/bridge-netfilter.fact";
import { packetFilter } from "../firewall/packet-filter.fact";
import { links } from "../link/links.fact";
import { afterwards, isBridgeNetfilterOff, netfilterOff } from "./netfilter-sysctls";
import { nicOwnerOf } from "./nic-config.fact";
import { nicRulesOf } from "./nic-rules.fact";
import { filesAre, neverBegan, ownRecord, runs, toBridge, toNic, unheard } from "./plan";
import { wayIn } from "./ssh-address.fact";
import { rendered } from "./transitions";

/** What a host's own NIC should be part of. What is not said here is taken over from the NIC as it stands. */
export interface PublicBridgeArgs {
  /** The NIC that becomes the bridge's port; the one that we came in by may be it. */
  nic: string;
  /** The bridge's interface name, at most 15 bytes. @default br- and the NIC's name */
  name?: string;
  /** The bridge's addresses, IPv4 and IPv6, each with its prefix length. @default those of the NIC's configuration */
  addresses?: string[];
  /** The default gateways, at most one of each family. @default those of the NIC's configuration */
  gateways?: string[];
  /** The name servers. @default those of the NIC's configuration */
  nameservers?: string[];
  /** Ask the LAN's DHCP server for an address of IPv4. @default as the NIC's configuration has it */
  dhcp?: boolean;
  /** Seconds until the host undoes a change that nobody confirmed, 10 to 600. @default 120 */
  confirmWithinSeconds?: number;
  /** What to do when another machine on the LAN answers to an address that is to be added. @default "refuse" */
  addressConflict?: "refuse" | "ignore";
  /**
   * "off": what a bridge passes on does not go through the host's packet filter (br_netfilter), whose forward chain
   * drops it where Docker is. That is two Sysctls below this resource, one for IPv4 and one for IPv6, and they hold for
   * all bridges of the host. It must be given as it is, not as an output of another resource.
   * @default as the host has it
   */
  bridgeNetfilter?: "off";
  /**
   * What to do when rules of the packet filter, iptables or nftables, name the NIC: what comes in by the bridge does not
   * match them. "keep" leaves them as they are, and warns with each of them.
   * @default a bridge is not made, and the error has each of them
   */
  rulesOnNic?: "keep";
  /** The bridge runs, with the NIC as its port. @default true */
  up?: true;
  /** It is in the files of whoever owns the NIC's configuration, and so comes back at boot. @default true */
  persistent?: true;
}

const schema = z
  .strictObject({
    ...wanted,
    name: linkNameArg,
    nic: linkNameArg,
    addresses: z.array(cidrArg).optional(),
    gateways: z.array(addressArg).optional(),
    nameservers: z.array(addressArg).optional(),
    dhcp: z.boolean().optional(),
    confirmWithinSeconds: wholeArg(10, 600),
    addressConflict: z.enum(["refuse", "ignore"]),
    bridgeNetfilter: z.literal("off", 'is "off", or not given').optional(),
    rulesOnNic: z.literal("keep", 'is "keep", or not given').optional(),
    up: z.literal(true),
    persistent: z.literal(true),
  })
  .check((ctx) => {
    const { gateways = [], addresses = [], nic, name } = ctx.value;
    if (nic === name) complain(ctx, "name: the bridge and the NIC cannot have the same name");
    for (const family of [4, 6])
      if (gateways.filter((one) => familyOf(one) === family).length > 1)
        complain(ctx, `gateways: only one of IPv${family} can be the default`);
    if (new Set(addresses.map(canonical)).size < addresses.length) complain(ctx, "addresses: one stands there twice");
  });

type Want = z.infer<typeof schema> & Wanted;

const facts = (want: Want) => ({
  links,
  owner: nicOwnerOf(want.nic),
  onNic: addressingOf(want.nic),
  onBridge: addressingOf(want.name),
  change: networkChange,
  wayIn,
  bridgeNetfilter,
  packetFilter,
  nicRules: nicRulesOf(want.nic, want.name),
});

export const publicBridge = kind<Want, ReturnType<typeof facts>>({
  name: "PublicBridge",
  schema,
  defaults: { confirmWithinSeconds: 120, addressConflict: "refuse", up: true, persistent: true },
  derive: (given, known) => ({ name: given.name ?? known.name ?? defaultName(given) }),
  impact: { name: "replace", nic: "replace", addresses: "live", gateways: "live", dhcp: "live" },
  facts,
  plan: toBridge,
  absent: toNic,
  warns: (want, seen) => [unheard(want, seen) ?? []].flat().map(say),
  actual: (want, seen) => {
    const origin = ownRecord(want, seen.owner);
    if (!origin || neverBegan(want, origin, seen)) return undefined;
    const there = seen.links[origin.bridge]?.addresses ?? [];
    return {
      up: runs(want, origin, seen) as true,
      persistent: filesAre(rendered(origin, want), seen.owner.files) as true,
      ...(want.addresses && {
        addresses: want.addresses.filter((one) => there.map(canonical).includes(canonical(one))),
      }),
    };
  },
  outputs: (want, { links, owner, onBridge }) => ({
    macAddress: links[want.name]?.macAddress ?? "",
    configuredBy: ownRecord(want, owner)?.owner ?? "",
    ipAddresses: onBridge.addresses.map(({ cidr }) => cidr),
  }),
});

/**
 * A bridge on the LAN that the host itself is on: its NIC becomes a port, and the bridge has the NIC's MAC, addresses,
 * routes and name servers, now and after a reboot. The host undoes each change that is not confirmed over a new login.
 * @example
 * const lan = new kvm.PublicBridge("lan", { host, nic: "eth0" });
 */
export class PublicBridge extends Resource {
  declare readonly name: pulumi.Output<string>;
  declare readonly nic: pulumi.Output<string>;
  /** The NIC's, which neighbours and the DHCP server know the host by. */
  declare readonly macAddress: pulumi.Output<string>;
  /** Whose files it is in: "ifupdown", "networkd", "netplan", "NetworkManager", "ifcfg" or "wicked". */
  declare readonly configuredBy: pulumi.Output<string>;
  /** The addresses that the bridge has, however it came by them. */
  declare readonly ipAddresses: pulumi.Output<string[]>;
  constructor(name: string, args: PublicBridgeInputs & OnHost, opts?: pulumi.CustomResourceOptions) {
    const isOff = isBridgeNetfilterOff(args);
    super("PublicBridge", name, onHost(args), ["name", "macAddress", "configuredBy", "ipAddresses"], opts);
    if (isOff) this.name = afterwards(this.name, netfilterOff(name, args.host, this));
  }
}

/** As Inputs has it, but for what decides which resources there are. */
type PublicBridgeInputs = Inputs<Omit<PublicBridgeArgs, "bridgeNetfilter">> & Pick<PublicBridgeArgs, "bridgeNetfilter">;

function defaultName({ nic, host, path }: Want): string {
  const name = `br-${nic}`;
  return name.length <= longestLinkName ? name : linkName(host.uid, "PublicBridge", path);
}
