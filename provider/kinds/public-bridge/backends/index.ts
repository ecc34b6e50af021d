import { CommandFailed } from "../../../core/errors";
import type { NetworkBackend } from "../backend";
import { publicBridgeErrors } from "../errors";
import { ifcfg } from "./ifcfg";
import { ifupdown } from "./ifupdown/ifupdown";
import { netplan } from "./netplan/netplan";
import { networkManager } from "./network-manager/network-manager";
import { networkd } from "./networkd/networkd";
import { wicked } from "./wicked";

export const networkBackends: readonly NetworkBackend[] = [networkd, netplan, ifupdown, networkManager, ifcfg, wicked];

export const networkBackendNames: readonly string[] = networkBackends.map(({ name }) => name);

export function networkBackend(name: string): NetworkBackend {
  const found = networkBackends.find((backend) => backend.name === name);
  if (!found)
    throw new CommandFailed(
      publicBridgeErrors.unknownBackend(`unknown network manager ${name} in the record of the NIC. Update pulumi-kvm`),
    );
  return found;
}
