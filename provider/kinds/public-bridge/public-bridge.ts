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
    bridgeNetfilter: z.literal("off", 'must be "off" or absent').optional(),
    rulesOnNic: z.literal("keep", 'must be "keep" or absent').optional(),
    up: z.literal(true),
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

export const publicBridge = kind<Want, ReturnType<typeof facts>>({
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
