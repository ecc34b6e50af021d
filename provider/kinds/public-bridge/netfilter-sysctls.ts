import * as pulumi from "@pulumi/pulumi";
import { argumentErrors } from "../../core/argument-errors";
import { coded } from "../../core/problem";
import { type HostOrGuest, isOutput } from "../../core/resource";
import { Sysctl } from "../sysctl/sysctl.resource";

/**
 * The settings with which bridged frames do not pass the host's packet filter. They are Sysctl resources of their own,
 * so that they share reference counts with other stacks, come back at boot, and are repaired after drift.
 */
export function netfilterOff(bridge: string, host: HostOrGuest, parent: pulumi.Resource): Sysctl[] {
  return ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"].map((key) => {
    const args = { host, key: `net.bridge.${key}`, value: 0, module: "br_netfilter" };
    return new Sysctl(`${bridge}-${key}`, args, { parent });
  });
}

/** The value decides which resources exist. So it must be known before the bridge exists. */
export function isBridgeNetfilterOff({ bridgeNetfilter }: { bridgeNetfilter?: unknown }): boolean {
  if (isOutput(bridgeNetfilter))
    throw new pulumi.RunError(
      coded(argumentErrors.notPlain('bridgeNetfilter: must not be an output of another resource. Give "off" itself')),
    );
  return bridgeNetfilter === "off";
}

/**
 * The name of the bridge, available only after the settings. A guest that used the bridge earlier could not reach the
 * LAN.
 */
export function afterwards(name: pulumi.Output<string>, settings: readonly Sysctl[]): pulumi.Output<string> {
  return pulumi.all([name, pulumi.all(settings.map(({ urn }) => urn))]).apply(([bridge]) => bridge);
}
