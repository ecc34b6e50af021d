import * as pulumi from "@pulumi/pulumi";
import { shortPin } from "../../core/host-key-pin";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, type OutputNames, Resource } from "../../core/resource";

/** What a Host has beside its arguments and outputs. */
export abstract class HostBase extends Resource implements HostOrGuest {
  declare readonly host: pulumi.Output<HostRef>;
  declare readonly machineId: pulumi.Output<string>;
  declare readonly pinnedKey: pulumi.Output<string>;

  /** The provider gets most arguments as a part of the reference, like every other resource. */
  constructor(
    kind: string,
    name: string,
    { packages, ...host }: pulumi.Inputs,
    outputs: OutputNames,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
    super(kind, name, { host: { name, stack, ...host }, packages }, outputs, opts);
  }

  /** How other resources refer to the machine. In a preview, each field that is known stays known. @internal */
  get ref(): pulumi.Inputs {
    const field = <K extends keyof HostRef>(key: K) => this.host.apply((host) => host?.[key]);
    const fields = ["name", "address", "port", "user", "sudo", "jump", "carrier", "uid", "stack"] as const;
    const known = Object.fromEntries(fields.map((key) => [key, field(key)]));
    const [hostKey, machineId] = [
      this.pinnedKey.apply((key) => shortPin(key ?? "")),
      this.machineId.apply((id) => id?.slice(0, 12)),
    ];
    return { ...known, hostKey, machineId };
  }
}
