import * as pulumi from "@pulumi/pulumi";
import { type HostOrGuest, isOutput, type OutputNames, Resource } from "../../core/resource";
import { Host } from "../host/host.resource";

/** What a Guest has beside its arguments and outputs. */
export abstract class GuestBase extends Resource implements HostOrGuest {
  declare readonly name: pulumi.Output<string>;
  declare readonly disks: pulumi.Output<string[]>;
  declare readonly linkLocal: pulumi.Output<string>;
  declare readonly hostKey: pulumi.Output<string>;
  readonly #name: string;
  readonly #hypervisor: pulumi.Inputs;
  #host: Host | undefined;

  constructor(
    kind: string,
    name: string,
    args: pulumi.Inputs,
    outputs: OutputNames,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(kind, name, { ...args, cloudInit: withSecret(args.cloudInit) }, outputs, opts);
    this.#name = name;
    this.#hypervisor = args.host;
  }

  /**
   * The guest as a Host, for resources inside the guest. These resources are on the guest's first disk. If the guest gets
   * a new first disk, Pulumi creates them again. If Pulumi deletes the guest, they are deleted with it.
   */
  get host(): Host {
    const disk = this.disks.apply((disks) => disks?.[0] ?? "");
    const carrier = { host: this.#hypervisor, guest: this.name, disk };
    const args = { name: this.#name, address: this.linkLocal, user: "root", hostKey: this.hostKey, carrier };
    this.#host ??= new Host(`${this.#name}-host`, args, { parent: this, deletedWith: this });
    return this.#host;
  }

  set host(_hypervisor: unknown) {
    // The SDK sets each argument as a property. The argument `host` is the hypervisor, but this property is the guest
    // itself.
  }

  /** How resources inside the guest refer to it. @internal */
  get ref(): pulumi.Inputs {
    return this.host.ref;
  }
}

/**
 * userData and networkConfig may hold a password. So the state encrypts them, whether or not the program marks them as
 * secret.
 */
function withSecret(cloudInit: unknown): unknown {
  if (isOutput(cloudInit)) return pulumi.secret(cloudInit);
  if (typeof cloudInit !== "object" || cloudInit === null) return cloudInit;
  const { userData, networkConfig } = cloudInit as pulumi.Inputs;
  return {
    ...cloudInit,
    ...(userData !== undefined && { userData: pulumi.secret(userData) }),
    ...(networkConfig !== undefined && { networkConfig: pulumi.secret(networkConfig) }),
  };
}
