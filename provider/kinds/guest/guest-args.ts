import { z } from "zod";
import { linkLocal } from "../../core/addresses";
import { type Wanted, wanted } from "../../core/kind";
import { addressArg, guestNameArg, linkNameArg, macArg, portArg } from "../../core/validators";
import { type GuestNetwork, networkSchema } from "./guest-addresses";

/** A port of the hypervisor that QEMU's user-mode network forwards to a port of the guest. */
export interface HostForward {
  /** Protocol: "tcp" or "udp". @default "tcp" */
  protocol?: "tcp" | "udp";
  /**
   * Address of the hypervisor to listen on. "0.0.0.0" listens on all IPv4 addresses.
   * @default "127.0.0.1"; a forward made by 0.1.0 keeps listening on all addresses
   */
  hostAddress?: string;
  /** Port of the hypervisor, 1 to 65535. */
  hostPort: number;
  /** Target port of the guest, 1 to 65535. */
  guestPort: number;
}

/**
 * QEMU's user-mode network. Through it, the guest reaches everything that the hypervisor reaches, also a cloud's
 * metadata service. By default it cannot reach services on the hypervisor's loopback.
 */
export interface UserNetwork {
  /** Ports of the hypervisor to forward to the guest. @default none */
  hostForwards?: HostForward[];
  /** Whether the guest may reach services on the hypervisor's 127.0.0.1, by the address 10.0.2.2. @default false */
  hostLoopback?: boolean;
}

/** NIC models that QEMU emulates. virtio is the fastest. */
export type NicModel = "virtio" | "e1000" | "rtl8139" | "ne2k_pci";

/**
 * A network interface. It needs either `tap`, or `user` for QEMU's own user-mode network (TCP and UDP only, no ping).
 */
export interface Nic {
  /** Name of the tap to plug the NIC into. */
  tap?: string;
  /** Use the user-mode network: DHCP, outgoing TCP and UDP, and port forwards to the guest. */
  user?: UserNetwork;
  /** NIC model that QEMU emulates. "virtio" is the fastest. @default "virtio" */
  model?: NicModel;
  /** MAC address, unicast and in lower case. @default derived from the stack, the guest and the NIC's index */
  macAddress?: string;
  /** Whether the cable is plugged in. @default true */
  link?: boolean;
}

/** Configuration that cloud-init reads at the guest's first boot (NoCloud). */
export interface CloudInit {
  /** Host name of the guest. @default the resource's name */
  hostname?: string;
  /**
   * SSH public keys for root and the image's default user. The public keys that may log in to the hypervisor are always
   * included.
   */
  sshAuthorizedKeys?: string[];
  /** Static addresses of the first NIC on a tap. Other NICs use DHCP. @default DHCP */
  network?: GuestNetwork;
  /**
   * Your own user data: #cloud-config, or a script. It takes precedence over our settings. The state encrypts it.
   * @default none
   */
  userData?: string;
  /** Your own network-config, in place of `network`. The state encrypts it. @default made from `network` */
  networkConfig?: string;
}

/** Direct boot of a kernel, without a boot loader. All paths are paths on the host. */
export interface Kernel {
  /** Path of the kernel. */
  image: string;
  /** Path of the initial RAM disk (initrd). @default none */
  initrd?: string;
  /** Kernel command line. @default none */
  commandLine?: string;
}

/** When the guest counts as ready. Only create and update wait for it. */
export interface WaitFor {
  /** Wait until the guest's SSH server answers on port 22. Ignored when `tcpPort` is set. @default false */
  ssh?: boolean;
  /** Wait until cloud-init prints on the console that it has finished. @default false */
  cloudInit?: boolean;
  /** Wait until this TCP port of the guest is open. @default none */
  tcpPort?: number;
  /** Time limit in seconds. @default 300 */
  timeoutSeconds?: number;
}

const oneLine = z.string().regex(/^\P{Cc}*$/u, "must not have a line break or another control character");

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
  .refine(({ tap, user }) => (tap === undefined) !== (user === undefined), "exactly one of tap and user is required");

export const guestSchema = z.strictObject({
  ...wanted,
  name: guestNameArg,
  vcpus: z
    .number()
    .int()
    .min(1, "must be at least 1")
    .max(255, "must be at most 255, the maximum of QEMU's pc machine"),
  memoryMiB: z.number().int().min(16, "must be at least 16 MiB").max(4_194_304, "must be at most 4194304 MiB (4 TiB)"),
  accelerator: z.enum(["auto", "kvm", "tcg"]),
  disks: z.array(z.string()),
  nics: z
    .array(nic)
    .max(8, "must have at most 8 NICs")
    .superRefine((nics, ctx) => {
      const macs = nics.map((n) => n.macAddress);
      macs.forEach((mac, i) => {
        if (macs.indexOf(mac) < i)
          ctx.addIssue({ code: "custom", path: [i, "macAddress"], message: `duplicate MAC address ${mac}` });
      });
    }),
  cloudInit: z
    .strictObject({
      hostname: z
        .string()
        .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/, 'invalid host name: use letters, digits and "-"')
        .optional(),
      sshAuthorizedKeys: z
        .array(
          z
            .string()
            .regex(
              /^(ssh|ecdsa|sk)-\S+ AAAA\S+/,
              "invalid public key: must have the form of a line in authorized_keys",
            ),
        )
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
 * A forwarded port listens on 127.0.0.1. In version 0.1.0 it listened on all addresses, and programs may rely on that.
 * So a forward that the state has without an address keeps listening on all of them.
 */
export function withListening(nics: readonly Nic[], known: readonly Nic[] | undefined): Nic[] {
  const before = (known ?? []).flatMap(({ user }) => user?.hostForwards ?? []);
  const port = ({ protocol = "tcp", hostPort }: HostForward) => `${protocol} ${hostPort}`;
  const listensOnAll = (forward: HostForward) =>
    before.some((old) => port(old) === port(forward) && old.hostAddress === undefined);
  // A value that is not known yet is a string here.
  const listening = (forward: HostForward) =>
    typeof forward !== "object" || forward.hostAddress !== undefined || listensOnAll(forward)
      ? forward
      : { ...forward, hostAddress: "127.0.0.1" };
  return nics.map((nic) => {
    const forwards = nic.user?.hostForwards;
    return Array.isArray(forwards) ? { ...nic, user: { ...nic.user, hostForwards: forwards.map(listening) } } : nic;
  });
}

/**
 * The first NIC on a tap, with its link-local address. The hypervisor reaches the guest by it, whatever its IPv4
 * address is.
 */
export function firstTap(want: GuestWant): { tap: string; linkLocal: string } | undefined {
  const found = want.nics.find((n) => n.tap !== undefined);
  return found?.tap === undefined ? undefined : { tap: found.tap, linkLocal: linkLocal(found.macAddress) };
}
