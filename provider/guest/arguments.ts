import { z } from "zod";
import { linkLocal } from "../addresses";
import { type Wanted, wanted } from "../kind";
import { addressArg, guestNameArg, linkNameArg, macArg, portArg } from "../schema";
import { networkSchema } from "./network";

/** A port of the hypervisor that leads into the guest, through its user-mode network. */
export interface HostForward {
  /** "tcp" or "udp". @default "tcp" */
  protocol?: "tcp" | "udp";
  /** Address of the hypervisor that it listens on. @default all, as QEMU does */
  hostAddress?: string;
  /** Port of the hypervisor. */
  hostPort: number;
  /** Port of the guest that it leads to. */
  guestPort: number;
}

/** The models that QEMU emulates; virtio is the fast one. */
export type NicModel = "virtio" | "e1000" | "rtl8139" | "ne2k_pci";

/** A network interface: on a tap, or QEMU's own user-mode network (TCP and UDP only, no ping). */
export interface Nic {
  /** Name of the tap that it is plugged into. */
  tap?: string;
  /** The user-mode network: DHCP, a way out for TCP and UDP, and forwards into the guest. */
  user?: { hostForwards?: HostForward[] };
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
  /** Static addresses of the first NIC on a tap, with a gateway in one of their networks. Other NICs use DHCP. */
  network?: { addresses: string[]; gateway?: string; nameservers?: string[] };
  /** Your own #cloud-config (or script), merged after ours. A secret. */
  userData?: string;
  /** Your own network-config instead of what is made from `network`. */
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
  memoryMiB: z.number().int().min(16, "a guest needs at least 16 MiB"),
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
  kernel: z
    .strictObject({ image: z.string(), initrd: z.string().optional(), commandLine: z.string().optional() })
    .optional(),
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

/** The NIC through which the guest is reached from its hypervisor, whatever its IPv4 is. */
export function firstTap(want: GuestWant): { tap: string; linkLocal: string } | undefined {
  const found = want.nics.find((n) => n.tap !== undefined);
  return found?.tap === undefined ? undefined : { tap: found.tap, linkLocal: linkLocal(found.macAddress) };
}
