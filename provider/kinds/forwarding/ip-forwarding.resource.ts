import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";

/** Arguments of an IpForwarding. At least one of `ipv4` and `ipv6` must be true. */
export interface IpForwardingArgs {
  /** Forward IPv4 packets. False does not turn forwarding off, because another program may need it. @default true */
  ipv4?: boolean;
  /**
   * Forward IPv6 packets. A router ignores router advertisements by default. So interfaces that accepted them before
   * keep accepting them (accept_ra=2). Otherwise the host would lose its own default route. False does not turn
   * forwarding off.
   * @default false
   */
  ipv6?: boolean;
  /** Turn forwarding on again at boot. @default true */
  persistent?: boolean;
}

/**
 * IP forwarding on a host, which makes it a router. Several stacks may turn it on for one host. The last one restores
 * the original setting.
 */
export class IpForwarding extends Resource {
  declare readonly ipv4: pulumi.Output<boolean>;
  declare readonly ipv6: pulumi.Output<boolean>;
  constructor(name: string, args: Inputs<IpForwardingArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("IpForwarding", name, onHost(args), [], opts);
  }
}
