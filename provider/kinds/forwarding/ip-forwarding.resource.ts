import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";

/** Arguments of an IpForwarding. At least one of `ipv4` and `ipv6` must be true. */
export interface IpForwardingArgs {
  /** Forward IPv4 packets. False does not turn forwarding off, because another program may need it. @default true */
  ipv4?: boolean;
  /**
   * Forward IPv6 packets. False does not turn forwarding off. By default, a router ignores router advertisements, so the
   * host could lose its own default route. To prevent this, the provider sets accept_ra=2 on interfaces that accepted
   * router advertisements before.
   * @default false
   */
  ipv6?: boolean;
  /** Turn forwarding on again at boot. @default true */
  persistent?: boolean;
}

/**
 * IP forwarding on a host, so that the host works as a router. At least one of `ipv4` and `ipv6` must be true. Several
 * stacks can turn it on for one host. After the last IpForwarding is deleted, the host has its original setting again.
 * But if another program, such as Docker, may need forwarding, forwarding stays on.
 */
export class IpForwarding extends Resource {
  declare readonly ipv4: pulumi.Output<boolean>;
  declare readonly ipv6: pulumi.Output<boolean>;
  constructor(name: string, args: Inputs<IpForwardingArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("IpForwarding", name, onHost(args), [], opts);
  }
}
