import type * as pulumi from "@pulumi/pulumi";
import { type OutputNames, Resource } from "../../core/resource";
import { afterwards, isBridgeNetfilterOff, netfilterOff } from "./netfilter-sysctls";

/** What a PublicBridge does beside its registration: it makes the Sysctls of the argument bridgeNetfilter. */
export abstract class PublicBridgeBase extends Resource {
  declare readonly name: pulumi.Output<string>;

  constructor(
    kind: string,
    name: string,
    args: pulumi.Inputs,
    outputs: OutputNames,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const isOff = isBridgeNetfilterOff(args);
    super(kind, name, args, outputs, opts);
    if (isOff) this.name = afterwards(this.name, netfilterOff(name, { ref: args.host }, this));
  }
}
