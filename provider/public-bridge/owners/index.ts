import type { Owner, OwnerName } from "../owner";
import { ifcfg } from "./ifcfg";
import { ifupdown } from "./ifupdown";
import { netplan } from "./netplan";
import { networkManager } from "./network-manager";
import { networkd } from "./networkd";
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
