import type { Owner } from "../backend";
import type { OwnerName } from "../owner-name";
import { ifcfg } from "./ifcfg";
import { ifupdown } from "./ifupdown/ifupdown";
import { netplan } from "./netplan/netplan";
import { networkManager } from "./network-manager/network-manager";
import { networkd } from "./networkd/networkd";
import { wicked } from "./wicked";

const owners: Readonly<Record<OwnerName, Owner>> = {
  ifupdown,
  networkd,
  netplan,
  NetworkManager: networkManager,
  ifcfg,
  wicked,
};

export function ownerCalled(name: OwnerName): Owner {
  return owners[name];
}
