import { type Fate, fates } from "../../fates";
import type { Line, Stanza } from "../../formats/interfaces";

/**
 * The known options: those of interfaces(5), of resolvconf, and of ethtool (hardware). cloud-init 22.4 writes `dns` by
 * mistake, and ifupdown ignores it.
 */
const options = fates({
  bridge: `address netmask network broadcast metric gateway pointopoint scope mtu hwaddress hostname leasetime vendor client
    privext accept_ra autoconf dhcp request_prefix ll-attempts ll-interval preferred-lifetime dad-attempts dad-interval
    description media
    dns-nameservers dns-nameserver dns-search dns-domain dns-sortlist dns-options dns`,
  port: "link-speed link-duplex driver-message-level",
});
const ofHardware = /^(ethernet|offload|hardware-dma-ring|hardware-irq-coalesce)-/;

export const commands = ["pre-up", "up", "post-up", "pre-down", "down", "post-down"];

/**
 * The options that a template may have: settings of any link without addresses, and commands. Not pre-up, which runs
 * before the bridge exists.
 */
const ofAnyLink = ["mtu", "privext", "accept_ra", "autoconf", "dad-attempts", "dad-interval"];
export const ofTemplate = [...ofAnyLink, ...commands.filter((key) => key !== "pre-up")];

export function fateOf(key: string): Fate | undefined {
  if (commands.includes(key)) return "bridge";
  return options.get(key) ?? (ofHardware.test(key) ? "port" : undefined);
}

const methods: Readonly<Record<string, readonly string[]>> = {
  inet: ["static", "dhcp", "manual"],
  inet6: ["static", "auto", "dhcp", "manual"],
};

export function isKnownMethod({ family, method }: Stanza): boolean {
  return Object.hasOwn(methods, family) && methods[family]?.includes(method) === true;
}

/** `hwaddress random` would give the bridge another MAC than the NIC has. */
export function isKnownValue({ words }: Line): boolean {
  return words.length > 1 && (words[0] !== "hwaddress" || words.at(-1) !== "random");
}
