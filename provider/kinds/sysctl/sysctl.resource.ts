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
   * Value of the setting. A space separates several values. If another stack holds the key at another value, the
   * provider refuses this one and names that stack. The last stack that releases the key restores the original value.
   */
  value: string | number;
  /**
   * Kernel module that provides the key. The host loads it before it sets the key, now and at boot, unless the key
   * exists. A key from a module that we loaded has no original value. So the last stack leaves the value as it is and
   * the module loaded, because others may use it by then.
   * @default none
   */
  module?: string;
  /**
   * Set the key again at boot, after the host's own sysctl.d(5), so that these files do not override it.
   * @default true
   */
  persistent?: boolean;
}

/**
 * A kernel setting (sysctl) of a host, kept at a value.
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
