import type { Wanted } from "../../core/kind";
import type { Addressing } from "../../network-change/addressing.fact";
import type { NetworkChange } from "../../network-change/pending-change.fact";
import type { BridgeNetfilter } from "../firewall/bridge-netfilter.fact";
import type { PacketFilter } from "../firewall/packet-filter.fact";
import type { Links } from "../link/links.fact";
import type { Wishes } from "./backend";
import type { NicConfig } from "./nic-config";
import type { NicRules } from "./nic-rules.fact";
import type { SshServerAddress } from "./ssh-address.fact";

/** The desired state of a bridge. */
export interface Want extends Wanted, Wishes {
  nic: string;
  confirmWithinSeconds: number;
  addressConflict: "refuse" | "ignore";
  bridgeNetfilter?: "off" | undefined;
  rulesOnNic?: "keep" | undefined;
}

/** The actual state of the host. */
export interface Situation {
  links: Links;
  nicConfig: NicConfig;
  onNic: Addressing;
  onBridge: Addressing;
  change: NetworkChange;
  wayIn: SshServerAddress;
  bridgeNetfilter: BridgeNetfilter;
  packetFilter: PacketFilter;
  nicRules: NicRules;
}
