import * as pulumi from "@pulumi/pulumi";
import { loginThrough, runOn } from "../../core/jump";
import { kind } from "../../core/kind";
import { macAddress, objectName } from "../../core/names";
import { type HasRef, type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import { Host } from "../host/host";
import type { Disk } from "./disk";
import {
  type CloudInit,
  firstTap,
  type GuestWant,
  guestSchema,
  type Kernel,
  type Nic,
  type WaitFor,
  withListening,
} from "./guest-args";
import { guestFacts } from "./guest-facts";
import { absentGuest, actualGuest, planGuest, warnings } from "./guest-plan";
import { runFolder } from "./guest-state.fact";
import { ownAddresses } from "./own-addresses";

/** What a guest should be. */
export interface GuestArgs {
  /** Its name on the host, at most 63 characters. @default made from the stack's and the resource's name */
  name?: string;
  /** Virtual CPUs, 1 to 255. @default 1 */
  vcpus?: number;
  /** Memory, 16 to 4194304. @default 512 */
  memoryMiB?: number;
  /** "kvm"; "tcg", QEMU's emulation, 10 to 50 times slower; "auto", KVM where it can be used. @default "kvm" */
  accelerator?: "auto" | "kvm" | "tcg";
  /** The first one is booted from. They outlive the guest. @default none */
  disks?: Disk[];
  /** Network interfaces, eth0 first. A cable is plugged in and out without a restart. @default none */
  nics?: Nic[];
  /** What cloud-init finds at its first boot. @default no seed */
  cloudInit?: CloudInit;
  /** Boot this kernel, without a boot loader. @default the first disk boots */
  kernel?: Kernel;
  /** When it counts as ready. @default when QEMU runs */
  waitFor?: WaitFor;
  /** How long a clean powerdown may take before it is cut off, in seconds. @default 90 */
  stopWithinSeconds?: number;
  /** Whether it runs. @default true */
  running?: boolean;
  /** Started when the host boots. @default true */
  autostart?: boolean;
}

export const guest = kind<GuestWant, ReturnType<typeof guestFacts>>({
  name: "Guest",
  schema: guestSchema,
  defaults: {
    vcpus: 1,
    memoryMiB: 512,
    accelerator: "kvm",
    disks: [],
    nics: [],
    stopWithinSeconds: 90,
    running: true,
    autostart: true,
  },
  derive: (given, known) => ({
    name: given.name ?? known.name ?? objectName(given.host.uid, "Guest", given.path),
    nics: withListening(given.nics, known.nics).map((nic, i) => ({
      ...nic,
      link: nic.link ?? true,
      macAddress: nic.macAddress ?? macAddress(given.host.uid, `Guest NIC ${i}`, known.path ?? given.path),
    })),
  }),
  unique: (want, networkOf) => ({
    ...Object.fromEntries((want.nics ?? []).map(({ macAddress }, i) => [`nics.${i}.macAddress`, macAddress])),
    ...ownAddresses(want, networkOf),
  }),
  impact: {
    name: "replace",
    vcpus: "restart",
    memoryMiB: "restart",
    accelerator: "restart",
    disks: "restart",
    nics: "restart",
    cloudInit: "live",
    kernel: "restart",
    waitFor: "live",
  },
  secrets: ["cloudInit"],
  facts: guestFacts,
  plan: planGuest,
  warns: warnings,
  absent: absentGuest,
  actual: actualGuest,
  outputs: (want, { guests, links }) => {
    const tap = firstTap(want);
    const bridge = tap && links[tap.tap]?.master;
    const [hostKey] = guests[want.name]?.hostKeys.filter((key) => key.startsWith("ssh-ed25519 ")) ?? [];
    return {
      macAddresses: want.nics.map((nic) => nic.macAddress),
      addresses: want.cloudInit?.network?.addresses ?? [],
      console: runOn(want.host, [...asRoot(want), "socat", "-,raw,echo=0,escape=0x1d", consoleOf(want)]),
      ...(tap &&
        bridge && {
          linkLocal: `${tap.linkLocal}%${bridge}`,
          ssh: loginThrough(want.host, `root@${tap.linkLocal}%${bridge}`),
        }),
      ...(hostKey && { hostKey }),
    };
  },
});

/** A virtual machine on a host. */
export class Guest extends Resource implements HasRef {
  declare readonly name: pulumi.Output<string>;
  /** One for each NIC, in their order. */
  declare readonly macAddresses: pulumi.Output<string[]>;
  /** Its static addresses, with prefix lengths. */
  declare readonly addresses: pulumi.Output<string[]>;
  /** The command that logs in, through the hypervisor. */
  declare readonly ssh: pulumi.Output<string>;
  /** The command that opens the serial console; Ctrl-] leaves it. */
  declare readonly console: pulumi.Output<string>;
  /** Where it is reached from its hypervisor: a link-local address with the bridge. */
  declare readonly linkLocal: pulumi.Output<string>;
  /** The SSH host key that cloud-init printed on the console. */
  declare readonly hostKey: pulumi.Output<string>;
  declare readonly disks: pulumi.Output<string[]>;
  readonly #name: string;
  readonly #carrier: HasRef;
  #host: Host | undefined;

  constructor(
    name: string,
    args: Inputs<Omit<GuestArgs, "disks">> & { disks?: Disk[] } & OnHost,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const { disks, cloudInit, ...rest } = args;
    const props = {
      ...onHost(rest),
      cloudInit: withSecret(cloudInit),
      ...(disks && { disks: disks.map((disk) => disk.name) }),
    };
    const outputs = ["name", "disks", "macAddresses", "addresses", "ssh", "console", "linkLocal", "hostKey"];
    super("Guest", name, props, outputs, opts);
    this.#name = name;
    this.#carrier = args.host;
  }

  /**
   * The guest as a host, for what is configured inside it. That lives on its first disk: with a new disk it is made
   * anew; and it goes with the guest.
   */
  get host(): Host {
    this.#host ??= new Host(
      `${this.#name}-host`,
      {
        name: this.#name,
        address: this.linkLocal,
        user: "root",
        hostKey: this.hostKey,
        carrier: { host: this.#carrier.ref, guest: this.name, disk: this.disks.apply((disks) => disks?.[0] ?? "") },
      },
      { parent: this, deletedWith: this },
    );
    return this.#host;
  }

  set host(_carrier: unknown) {
    // The SDK sets each argument as a property: the host that this guest is on is not what `host` means here.
  }

  get ref(): HasRef["ref"] {
    return this.host.ref;
  }
}

function asRoot({ host: { user } }: GuestWant): string[] {
  return user === "root" ? [] : ["sudo"];
}

function consoleOf({ name }: GuestWant): string {
  return `UNIX-CONNECT:${runFolder}/${name}/console.sock`;
}

/** What a user gives to cloud-init may hold a password: encrypted in the state, whether the program says so or not. */
function withSecret(cloudInit: pulumi.Input<Inputs<CloudInit> | undefined>): typeof cloudInit {
  if (cloudInit === undefined) return undefined;
  if (pulumi.Output.isInstance(cloudInit) || cloudInit instanceof Promise) return pulumi.secret(cloudInit);
  const { userData, networkConfig } = cloudInit;
  return {
    ...cloudInit,
    ...(userData !== undefined && { userData: pulumi.secret(userData) }),
    ...(networkConfig !== undefined && { networkConfig: pulumi.secret(networkConfig) }),
  };
}
