import * as pulumi from "@pulumi/pulumi";
import { shortPin } from "../../core/host-key-pin";
import type { Carrier, HostRef } from "../../core/host-ref";
import { type HasRef, type Inputs, Resource } from "../../core/resource";
import type { Inner, Machine } from "./machine.fact";

/** Arguments of a Host: a Linux machine that the provider reaches over SSH. */
export interface HostArgs {
  /** Alias in ~/.ssh/config, or name of the host in PULUMI_KVM_HOSTS. @default the resource's name */
  name?: string;
  /**
   * DNS name or IP address. "local" is the machine that runs Pulumi, without SSH.
   * @default from ~/.ssh/config, else the name
   */
  address?: string;
  /** Port of the SSH server. @default from ~/.ssh/config, else 22 */
  port?: number;
  /** User that logs in. @default from ~/.ssh/config, else the user who runs Pulumi */
  user?: string;
  /**
   * Expected host key, as `ssh-ed25519 AAAA…` or `SHA256:…`.
   * @default a key from known_hosts. The provider then pins this key
   */
  hostKey?: string;
  /** Jump host. @default ProxyJump of ~/.ssh/config */
  jump?: { name: string; address?: string; port?: number; user?: string; hostKey?: string };
  /**
   * Whether commands run through sudo. If sudo asks for a password, set PULUMI_KVM_SUDO_PASSWORD in the environment.
   * @default false for root, else true
   */
  sudo?: boolean;
  /**
   * "check" reports missing commands as an error. "install" installs their packages with apt-get or dnf.
   * @default "check"
   */
  packages?: "check" | "install";
}

/** Arguments of a Host that is a guest: see Guest.host. */
export interface HostInGuest {
  name: string;
  address: string;
  user: string;
  hostKey: string;
  carrier: Carrier;
}

/** A Linux machine on which the stack creates objects: a hypervisor, or a guest such as a router. */
export class Host extends Resource implements HasRef {
  /** Facts about the machine: distribution, kernel, architecture, installed tools, and whether KVM is usable. */
  declare readonly facts: pulumi.Output<Omit<Machine, Inner>>;
  /** The machine-id(5) of the host. A different id means that the machine was reinstalled or replaced. */
  declare readonly machineId: pulumi.Output<string>;
  /** Host key at the time of creation. From then on, the provider accepts no other key. */
  declare readonly pinnedKey: pulumi.Output<string>;
  /** Data that other resources need: how to reach the host, and the id of this stack on the host. */
  declare readonly host: pulumi.Output<HostRef>;
  constructor(name: string, args: Inputs<HostArgs> | Inputs<HostInGuest> = {}, opts?: pulumi.CustomResourceOptions) {
    const { packages, ...host } = args as Inputs<HostArgs>;
    const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
    const props = { host: { name, stack, ...host }, ...(packages !== undefined && { packages }) };
    super("Host", name, props, ["facts", "machineId", "pinnedKey"], opts);
  }

  /** The reference that other resources use. In a preview, each field that is known stays known. */
  get ref(): Inputs<HostRef> {
    const field = <K extends keyof HostRef>(key: K) => this.host.apply((host) => host?.[key]);
    const fields = ["name", "address", "port", "user", "sudo", "jump", "carrier", "uid", "stack"] as const;
    const known = Object.fromEntries(fields.map((key) => [key, field(key)]));
    const [hostKey, machineId] = [
      this.pinnedKey.apply((key) => shortPin(key ?? "")),
      this.machineId.apply((id) => id?.slice(0, 12)),
    ];
    return { ...known, hostKey, machineId } as unknown as Inputs<HostRef>;
  }
}
