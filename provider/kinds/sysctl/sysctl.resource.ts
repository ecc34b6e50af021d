// Made by tools/resources.ts from the schema in sysctl.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";

/** Arguments of a Sysctl. */
export interface SysctlArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /**
   * Key of the setting, as in sysctl(8): `net.ipv4.ip_forward`. If an interface's name has a dot, use slashes:
   * `net/ipv4/conf/eth0.10/rp_filter`.
   */
  key: pulumi.Input<string>;
  /**
   * Value of the setting. Separate several values by a space. If another stack needs another value for this key, the
   * update fails, and the error names that stack.
   */
  value: pulumi.Input<string | number>;
  /**
   * Kernel module that provides the key. If the key does not exist, the host loads the module, now and at boot. Such a
   * key has no original value. So after the last Sysctl of the key is deleted, the value and the module stay as they
   * are.
   * @default none
   */
  module?: pulumi.Input<string | undefined>;
  /**
   * Set the key again at boot. The host does this after sysctl.d(5), so that files there do not override the value.
   * @default true
   */
  persistent?: pulumi.Input<boolean | undefined>;
}

/**
 * A kernel setting (sysctl) of a host. Several stacks can share a setting. After the last Sysctl of a key is deleted,
 * the key has its original value again.
 * @example
 * const strict = new kvm.Sysctl("rp_filter", { host, key: "net.ipv4.conf.all.rp_filter", value: 1 });
 */
export class Sysctl extends Resource {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /**
   * Key of the setting, as in sysctl(8): `net.ipv4.ip_forward`. If an interface's name has a dot, use slashes:
   * `net/ipv4/conf/eth0.10/rp_filter`.
   */
  declare readonly key: pulumi.Output<string>;
  /**
   * Value of the setting. Separate several values by a space. If another stack needs another value for this key, the
   * update fails, and the error names that stack.
   */
  declare readonly value: pulumi.Output<string | number>;
  /**
   * Kernel module that provides the key. If the key does not exist, the host loads the module, now and at boot. Such a
   * key has no original value. So after the last Sysctl of the key is deleted, the value and the module stay as they
   * are.
   */
  declare readonly module: pulumi.Output<string | undefined>;
  /** Set the key again at boot. The host does this after sysctl.d(5), so that files there do not override the value. */
  declare readonly persistent: pulumi.Output<boolean>;

  constructor(name: string, args: SysctlArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "Sysctl",
      name,
      { ...args, host: outputOf(args.host, "ref") },
      { filled: ["persistent"], optional: ["module"] },
      opts,
    );
  }
}
