import { z } from "zod";
import { linkLocal } from "../../core/addresses";
import { type Wanted, wanted } from "../../core/kind";
import { addressArg, guestNameArg, linkNameArg, macArg, portArg } from "../../core/validators";
import { type GuestNetwork, networkSchema } from "./guest-addresses";

/** A port of the hypervisor that leads into the guest, through its user-mode network. */
export interface HostForward {
  /** "tcp" or "udp". @default "tcp" */
  protocol?: "tcp" | "udp";
  /** Address of the hypervisor that it listens on; "0.0.0.0" is all of them. @default "127.0.0.1"; what was made by 0.1.0 keeps all */
  hostAddress?: string;
  /** Port of the hypervisor. */
  hostPort: number;
  /** Port of the guest that it leads to. */
  guestPort: number;
}

/**
 * QEMU's user-mode network. Through it the guest reaches whatever the hypervisor reaches, also a cloud's metadata service,
 * except what listens on the hypervisor's loopback.
 */
export interface UserNetwork {
  /** Ports of the hypervisor that lead into the guest. @default none */
  hostForwards?: HostForward[];
  /** Whether the guest reaches by 10.0.2.2 what listens on the hypervisor's 127.0.0.1. @default false */
  hostLoopback?: boolean;
}

/** The models that QEMU emulates; virtio is the fast one. */
export type NicModel = "virtio" | "e1000" | "rtl8139" | "ne2k_pci";

/** A network interface: on a tap, or QEMU's own user-mode network (TCP and UDP only, no ping). */
export interface Nic {
  /** Name of the tap that it is plugged into. */
  tap?: string;
  /** The user-mode network: DHCP, a way out for TCP and UDP, and forwards into the guest. */
  user?: UserNetwork;
  /** What QEMU emulates; virtio is the fast one. @default "virtio" */
  model?: NicModel;
  /** Its MAC address, unicast and in lower case. @default made from the guest's name and the NIC's place */
  macAddress?: string;
  /** Whether the cable is in. @default true */
  link?: boolean;
}

/** What cloud-init finds at its first boot (NoCloud). */
export interface CloudInit {
  /** The name that the guest gives itself. @default the resource's name */
  hostname?: string;
  /** Public keys that log in as the image's own user, besides those that log in to the hypervisor. */
  sshAuthorizedKeys?: string[];
  /** Static addresses of the first NIC on a tap. Other NICs use DHCP. */
  network?: GuestNetwork;
  /** Your own #cloud-config (or script), merged after ours. A secret. */
  userData?: string;
  /** Your own network-config instead of what is made from `network`. A secret. */
  networkConfig?: string;
}

/** Boot without a boot loader. Paths on the host. */
export interface Kernel {
  /** The kernel. */
  image: string;
  /** The initial RAM disk. @default none */
  initrd?: string;
  /** The kernel's arguments. @default none */
  commandLine?: string;
}

/** When the guest counts as ready; waited for on create and update only. */
export interface WaitFor {
  /** Its SSH server answers. */
  ssh?: boolean;
  /** cloud-init says on the console that it has finished. */
  cloudInit?: boolean;
  /** This TCP port is open. */
  tcpPort?: number;
  /** How long it may take. @default 300 */
  timeoutSeconds?: number;
}

const oneLine = z.string().regex(/^\P{Cc}*$/u, "has a line break or another control character");

const nic = z
  .strictObject({
    tap: linkNameArg.optional(),
    user: z
      .strictObject({
        hostForwards: z
          .array(
            z.strictObject({
              protocol: z.enum(["tcp", "udp"]).optional(),
              hostAddress: addressArg.optional(),
              hostPort: portArg,
              guestPort: portArg,
            }),
          )
          .optional(),
        hostLoopback: z.boolean().optional(),
      })
      .optional(),
    model: z.enum(["virtio", "e1000", "rtl8139", "ne2k_pci"]).optional(),
    macAddress: macArg,
    link: z.boolean(),
  })
  .refine(({ tap, user }) => (tap === undefined) !== (user === undefined), "is either on a tap or user");

export const guestSchema = z.strictObject({
  ...wanted,
  name: guestNameArg,
  vcpus: z.number().int().min(1, "a guest has at least one CPU").max(255, "QEMU's pc machine has at most 255 CPUs"),
  memoryMiB: z
    .number()
    .int()
    .min(16, "a guest needs at least 16 MiB")
    .max(4_194_304, "4194304 MiB (4 TiB) is the most that a guest can have"),
  accelerator: z.enum(["auto", "kvm", "tcg"]),
  disks: z.array(z.string()),
  nics: z
    .array(nic)
    .max(8, "there are at most 8 NICs")
    .superRefine((nics, ctx) => {
      const macs = nics.map((n) => n.macAddress);
      macs.forEach((mac, i) => {
        if (macs.indexOf(mac) < i)
          ctx.addIssue({ code: "custom", path: [i, "macAddress"], message: `${mac} is used twice` });
      });
    }),
  cloudInit: z
    .strictObject({
      hostname: z
        .string()
        .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/, "is no host name")
        .optional(),
      sshAuthorizedKeys: z
        .array(z.string().regex(/^(ssh|ecdsa|sk)-\S+ AAAA\S+/, "is no public key as in authorized_keys"))
        .optional(),
      network: networkSchema.optional(),
      userData: z.string().optional(),
      networkConfig: z.string().optional(),
    })
    .optional(),
  kernel: z.strictObject({ image: oneLine, initrd: oneLine.optional(), commandLine: oneLine.optional() }).optional(),
  waitFor: z
    .strictObject({
      ssh: z.boolean().optional(),
      cloudInit: z.boolean().optional(),
      tcpPort: portArg.optional(),
      timeoutSeconds: z.number().positive().optional(),
    })
    .optional(),
  stopWithinSeconds: z.number().int().min(1).max(3600),
  running: z.boolean(),
  autostart: z.boolean(),
});

export type GuestWant = z.infer<typeof guestSchema> & Wanted;

/**
 * A forwarded port listens on 127.0.0.1, unless the guest was made by version 0.1.0, where it listened on all addresses
 * and programs may count on it.
 */
export function withListening(nics: readonly Nic[], known: readonly Nic[] | undefined): Nic[] {
  const before = (known ?? []).flatMap(({ user }) => user?.hostForwards ?? []);
  const port = ({ protocol = "tcp", hostPort }: HostForward) => `${protocol} ${hostPort}`;
  const listensOnAll = (forward: HostForward) =>
    before.some((old) => port(old) === port(forward) && old.hostAddress === undefined);
  // What is not known yet stands as a text in its place.
  const listening = (forward: HostForward) =>
    typeof forward !== "object" || forward.hostAddress !== undefined || listensOnAll(forward)
      ? forward
      : { ...forward, hostAddress: "127.0.0.1" };
  return nics.map((nic) => {
    const forwards = nic.user?.hostForwards;
    return Array.isArray(forwards) ? { ...nic, user: { ...nic.user, hostForwards: forwards.map(listening) } } : nic;
  });
}

/** The NIC through which the guest is reached from its hypervisor, whatever its IPv4 is. */
export function firstTap(want: GuestWant): { tap: string; linkLocal: string } | undefined {
  const found = want.nics.find((n) => n.tap !== undefined);
  return found?.tap === undefined ? undefined : { tap: found.tap, linkLocal: linkLocal(found.macAddress) };
}
