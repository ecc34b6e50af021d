import * as pulumi from "@pulumi/pulumi";
import type { HasRef } from "../../core/resource";
import { Sysctl } from "../sysctl/sysctl";

/**
 * The settings by which a host passes on what its bridges do without showing it to its packet filter. Resources of
 * their own, so that they are counted with those of other stacks, come back at boot, drift and are put back.
 */
export function netfilterOff(bridge: string, host: HasRef, parent: pulumi.Resource): Sysctl[] {
  return ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"].map((key) => {
    const args = { host, key: `net.bridge.${key}`, value: 0, module: "br_netfilter" };
    return new Sysctl(`${bridge}-${key}`, args, { parent });
  });
}

/** What is not known before the bridge is there cannot decide which resources there are. */
export function isBridgeNetfilterOff({ bridgeNetfilter }: { bridgeNetfilter?: unknown }): boolean {
  if (pulumi.Output.isInstance(bridgeNetfilter) || bridgeNetfilter instanceof Promise)
    throw new pulumi.RunError('bridgeNetfilter: is an output of another resource. Give "off" itself, or leave it out');
  return bridgeNetfilter === "off";
}

/** A bridge's name, for those who plug something in: a guest that came before the settings would not be heard. */
export function afterwards(name: pulumi.Output<string>, settings: readonly Sysctl[]): pulumi.Output<string> {
  return pulumi.all([name, pulumi.all(settings.map(({ urn }) => urn))]).apply(([bridge]) => bridge);
}
