// Made by tools/resources.ts from the schema in host.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { HostBase } from "./host.base";
import type { HostFacts } from "./host-facts";

/** Arguments of a Host: a Linux machine that the provider reaches over SSH. */
export interface HostArgs {
  /** Alias in ~/.ssh/config, or name of the host in PULUMI_KVM_HOSTS. @default the resource's name */
  name?: pulumi.Input<string | undefined>;
  /**
   * DNS name or IP address. "local" is the machine that runs Pulumi, without SSH.
   * @default from ~/.ssh/config, else the name
   */
  address?: pulumi.Input<string | undefined>;
  /** Port of the SSH server. @default from ~/.ssh/config, else 22 */
  port?: pulumi.Input<number | undefined>;
  /** User that logs in. @default from ~/.ssh/config, else the user who runs Pulumi */
  user?: pulumi.Input<string | undefined>;
  /**
   * Expected host key, as `ssh-ed25519 AAAA…` or `SHA256:…`.
   * @default a key from known_hosts. The provider then pins this key
   */
  hostKey?: pulumi.Input<string | undefined>;
  /** Jump host. @default ProxyJump of ~/.ssh/config */
  jump?: pulumi.Input<JumpHostArgs | undefined>;
  /**
   * Whether commands run through sudo. If sudo asks for a password, set PULUMI_KVM_SUDO_PASSWORD in the environment.
   * @default false for root, else true
   */
  sudo?: pulumi.Input<boolean | undefined>;
  /**
   * "check" reports missing commands as an error. "install" installs their packages with apt-get or dnf.
   * @default "check"
   */
  packages?: pulumi.Input<"check" | "install" | undefined>;
}

/** A host between this machine and the host. */
export interface JumpHostArgs {
  /** Alias in ~/.ssh/config, or name of the host in PULUMI_KVM_HOSTS. */
  name: pulumi.Input<string>;
  /** DNS name or IP address. @default from ~/.ssh/config, else the name */
  address?: pulumi.Input<string | undefined>;
  /** Port of the SSH server. @default from ~/.ssh/config, else 22 */
  port?: pulumi.Input<number | undefined>;
  /** User that logs in. @default from ~/.ssh/config, else the user who runs Pulumi */
  user?: pulumi.Input<string | undefined>;
  /** Expected host key, as `ssh-ed25519 AAAA…` or `SHA256:…`. @default a key from known_hosts */
  hostKey?: pulumi.Input<string | undefined>;
}

/**
 * A Linux machine on which the stack creates objects: a hypervisor, or a guest such as a router.
 * @example
 * const host = new kvm.Host("tower", { address: "tower.example.net", user: "lab" });
 */
export class Host extends HostBase {
  /** Data that other resources need: how to reach the host, and the id of this stack on the host. */
  declare readonly host: pulumi.Output<HostRef>;
  /** "check" reports missing commands as an error. "install" installs their packages with apt-get or dnf. */
  declare readonly packages: pulumi.Output<"check" | "install">;
  /** Facts about the machine: distribution, kernel, architecture, installed tools, and whether KVM is usable. */
  declare readonly facts: pulumi.Output<HostFacts>;
  /** The machine-id(5) of the host. A different id means that the machine was reinstalled or replaced. */
  declare readonly machineId: pulumi.Output<string>;
  /** Host key at the time of creation. From then on, the provider accepts no other key. */
  declare readonly pinnedKey: pulumi.Output<string>;

  constructor(name: string, args: HostArgs = {}, opts?: pulumi.CustomResourceOptions) {
    super("Host", name, args, { filled: ["packages", "facts", "machineId", "pinnedKey"], optional: [] }, opts);
  }
}
