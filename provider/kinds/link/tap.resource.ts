import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";

/** Arguments of a Tap. */
export interface TapArgs {
  /** Interface name, at most 15 bytes. @default derived from the stack and the resource's name */
  name?: string;
  /** Bridge that has this tap as a port. @default none */
  bridge?: string;
  /**
   * User, by name or number, that may open the tap without privileges. A Guest does not need it.
   * @default 60999 (in version 0.1.0, all guests ran as this user)
   */
  user?: string;
  /** MTU in bytes, 68 to 65521. @default 1500, the default of the kernel */
  mtu?: number;
  /** Whether the tap is up (`ip link set up`). @default true */
  up?: boolean;
  /** Create the tap again at boot. @default true */
  persistent?: boolean;
  /** Take over an existing tap with this name. Pulumi then deletes it with this resource. @default false */
  adopt?: boolean;
}

/** A tap device on a host. It connects a NIC of a guest to a bridge. */
export class Tap extends Resource {
  declare readonly name: pulumi.Output<string>;
  declare readonly bridge: pulumi.Output<string | undefined>;
  constructor(name: string, args: Inputs<TapArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("Tap", name, onHost(args), ["name"], opts);
  }
}
