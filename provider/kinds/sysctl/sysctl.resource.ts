import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";

/** Arguments of a Sysctl. */
export interface SysctlArgs {
  /**
   * Key of the setting, as in sysctl(8): `net.ipv4.ip_forward`. If an interface's name has a dot, use slashes:
   * `net/ipv4/conf/eth0.10/rp_filter`.
   */
  key: string;
  /**
   * Value of the setting. Separate several values by a space. If another stack needs another value for this key, the
   * update fails, and the error names that stack.
   */
  value: string | number;
  /**
   * Kernel module that provides the key. If the key does not exist, the host loads the module, now and at boot. Such a
   * key has no original value. So after the last Sysctl of the key is deleted, the value and the module stay as they are.
   * @default none
   */
  module?: string;
  /**
   * Set the key again at boot. The host does this after sysctl.d(5), so that files there do not override the value.
   * @default true
   */
  persistent?: boolean;
}

/**
 * A kernel setting (sysctl) of a host. Several stacks can share a setting. After the last Sysctl of a key is deleted, the
 * key has its original value again.
 * @example
 * const strict = new kvm.Sysctl("rp_filter", { host, key: "net.ipv4.conf.all.rp_filter", value: 1 });
 */
export class Sysctl extends Resource {
  declare readonly key: pulumi.Output<string>;
  declare readonly value: pulumi.Output<string | number>;
  constructor(name: string, args: Inputs<SysctlArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("Sysctl", name, onHost(args), [], opts);
  }
}
