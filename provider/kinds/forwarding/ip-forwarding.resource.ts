// Made by tools/resources.ts from the schema in ip-forwarding.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";

/** Arguments of an IpForwarding. At least one of `ipv4` and `ipv6` must be true. */
export interface IpForwardingArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /** Forward IPv4 packets. False does not turn forwarding off, because another program may need it. @default true */
  ipv4?: pulumi.Input<boolean | undefined>;
  /**
   * Forward IPv6 packets. False does not turn forwarding off. By default, a router ignores router advertisements, so
   * the host could lose its own default route. To prevent this, the provider sets accept_ra=2 on interfaces that
   * accepted router advertisements before.
   * @default false
   */
  ipv6?: pulumi.Input<boolean | undefined>;
  /** Turn forwarding on again at boot. @default true */
  persistent?: pulumi.Input<boolean | undefined>;
}

/**
 * IP forwarding on a host, so that the host works as a router. At least one of `ipv4` and `ipv6` must be true. Several
 * stacks can turn it on for one host. After the last IpForwarding is deleted, the host has its original setting again.
 * But if another program, such as Docker, may need forwarding, forwarding stays on.
 * @example
 * const router = new kvm.IpForwarding("router", { host, ipv6: true });
 */
export class IpForwarding extends Resource {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /** Forward IPv4 packets. False does not turn forwarding off, because another program may need it. */
  declare readonly ipv4: pulumi.Output<boolean>;
  /**
   * Forward IPv6 packets. False does not turn forwarding off. By default, a router ignores router advertisements, so
   * the host could lose its own default route. To prevent this, the provider sets accept_ra=2 on interfaces that
   * accepted router advertisements before.
   */
  declare readonly ipv6: pulumi.Output<boolean>;
  /** Turn forwarding on again at boot. */
  declare readonly persistent: pulumi.Output<boolean>;

  constructor(name: string, args: IpForwardingArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "IpForwarding",
      name,
      { ...args, host: outputOf(args.host, "ref") },
      { filled: ["ipv4", "ipv6", "persistent"], optional: [] },
      opts,
    );
  }
}
