// Made by tools/resources.ts from the schema in tap.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";

/** Arguments of a Tap. */
export interface TapArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /** Interface name, at most 15 bytes. @default derived from the stack and the resource's name */
  name?: pulumi.Input<string | undefined>;
  /** Bridge that has this tap as a port. @default none */
  bridge?: pulumi.Input<string | undefined>;
  /**
   * User, by name or number, that may open the tap without privileges. A Guest does not need it.
   * @default 60999 (in version 0.1.0, all guests ran as this user)
   */
  user?: pulumi.Input<string | undefined>;
  /** MTU in bytes, 68 to 65521. @default 1500, the default of the kernel */
  mtu?: pulumi.Input<number | undefined>;
  /** Whether the tap is up (`ip link set up`). @default true */
  up?: pulumi.Input<boolean | undefined>;
  /** Create the tap again at boot. @default true */
  persistent?: pulumi.Input<boolean | undefined>;
  /** Take over an existing tap with this name. Pulumi then deletes it with this resource. @default false */
  adopt?: pulumi.Input<boolean | undefined>;
}

/**
 * A tap device on a host. It connects a NIC of a guest to a bridge.
 * @example
 * const lan = new kvm.Bridge("lan", { host });
 * const tap = new kvm.Tap("web", { host, bridge: lan.name });
 */
export class Tap extends Resource {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /** Interface name, at most 15 bytes. */
  declare readonly name: pulumi.Output<string>;
  /** Bridge that has this tap as a port. */
  declare readonly bridge: pulumi.Output<string | undefined>;
  /** User, by name or number, that may open the tap without privileges. A Guest does not need it. */
  declare readonly user: pulumi.Output<string | undefined>;
  /** MTU in bytes, 68 to 65521. */
  declare readonly mtu: pulumi.Output<number | undefined>;
  /** Whether the tap is up (`ip link set up`). */
  declare readonly up: pulumi.Output<boolean>;
  /** Create the tap again at boot. */
  declare readonly persistent: pulumi.Output<boolean>;
  /** Take over an existing tap with this name. Pulumi then deletes it with this resource. */
  declare readonly adopt: pulumi.Output<boolean | undefined>;

  constructor(name: string, args: TapArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "Tap",
      name,
      { ...args, host: outputOf(args.host, "ref") },
      { filled: ["name", "up", "persistent"], optional: ["bridge", "user", "mtu", "adopt"] },
      opts,
    );
  }
}
