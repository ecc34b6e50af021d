import { z } from "zod";
import { linkLocal } from "../../core/addresses";
import { type Wanted, wanted } from "../../core/kind";
import { addressArg, exactlyOne, guestNameArg, linkNameArg, macArg, portArg } from "../../core/validators";
import { guestNetwork } from "./guest-addresses";

const oneLine = z.string().regex(/^\P{Cc}*$/u, "must not have a line break or another control character");

/** A port of the hypervisor that QEMU's user-mode network forwards to a port of the guest. */
const hostForward = z.strictObject({
  /** Protocol: "tcp" or "udp". @default "tcp" */
  protocol: z.enum(["tcp", "udp"]).optional(),
  /**
   * Address of the hypervisor to listen on. "0.0.0.0" listens on all IPv4 addresses.
   * @default "127.0.0.1". A forward that version 0.1.0 created still listens on all addresses
   */
  hostAddress: addressArg.optional(),
  /** Port of the hypervisor, 1 to 65535. */
  hostPort: portArg,
  /** Target port of the guest, 1 to 65535. */
  guestPort: portArg,
});

/**
 * QEMU's user-mode network. Through it, the guest reaches every network that the hypervisor reaches, and a cloud's
 * metadata service too. By default it cannot reach services on the hypervisor's loopback.
 */
const userNetwork = z.strictObject({
  /** Ports of the hypervisor to forward to the guest. @default none */
  hostForwards: z.array(hostForward).optional(),
  /** Whether the guest can reach services on the hypervisor's 127.0.0.1, at the address 10.0.2.2. @default false */
  hostLoopback: z.boolean().optional(),
});

/**
 * A network interface. Give either `tap`, or `user` for QEMU's user-mode network (TCP and UDP only, no ping).
 */
const nic = exactlyOne(
  z.strictObject({
    /** Name of the tap that connects the NIC. */
    tap: linkNameArg.optional(),
    /** Use the user-mode network: DHCP, outgoing TCP and UDP, and port forwards to the guest. */
    user: userNetwork.optional(),
    /** NIC model that QEMU emulates. "virtio" is the fastest. @default "virtio" */
    model: z.enum(["virtio", "e1000", "rtl8139", "ne2k_pci"]).optional(),
    /** MAC address, unicast and in lower case. @default derived from the stack, the guest and the NIC's index */
    macAddress: macArg,
    /** Whether the NIC has a link (a virtual cable). @default true */
    link: z.boolean(),
  }),
  "tap",
  "user",
);

/** Configuration that cloud-init reads at the guest's first boot (NoCloud). */
const cloudInit = z.strictObject({
  /** Host name of the guest. @default the resource's name */
  hostname: z
    .string()
    .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/, 'invalid host name: use letters, digits and "-"')
    .optional(),
  /**
   * SSH public keys for root and the image's default user. pulumi-kvm always adds the public keys that can log in to the
   * hypervisor.
   */
  sshAuthorizedKeys: z
    .array(
      z
        .string()
        .regex(/^(ssh|ecdsa|sk)-\S+ AAAA\S+/, "invalid public key: must have the form of a line in authorized_keys"),
    )
    .optional(),
  /** Static addresses of the first NIC on a tap. Other NICs use DHCP. @default DHCP */
  network: guestNetwork.optional(),
  /**
   * Your own user data: #cloud-config, or a script. It takes precedence over the settings of pulumi-kvm. The state
   * encrypts it.
   * @default none
   */
  userData: z.string().optional(),
  /** Your own network-config, in place of `network`. The state encrypts it. @default made from `network` */
  networkConfig: z.string().optional(),
});

/** Direct boot of a kernel, without a boot loader. All paths are paths on the host. */
const kernel = z.strictObject({
  /** Path of the kernel. */
  image: oneLine,
  /** Path of the initial RAM disk (initrd). @default none */
  initrd: oneLine.optional(),
  /** Kernel command line. @default none */
  commandLine: oneLine.optional(),
});

/** Conditions under which the guest is ready. A create and an update wait for all of them. */
const waitFor = z.strictObject({
  /** Wait until the guest's SSH server answers on port 22. Ignored when `tcpPort` is set. @default false */
  ssh: z.boolean().optional(),
  /** Wait until cloud-init prints on the console that it has finished. @default false */
  cloudInit: z.boolean().optional(),
  /** Wait until this TCP port of the guest is open. @default none */
  tcpPort: portArg.optional(),
  /** Time limit in seconds. @default 300 */
  timeoutSeconds: z.number().positive().optional(),
});

export const guestSchema = z.strictObject({
  ...wanted,
  /** Name of the guest on the host, at most 63 characters. @default derived from the stack and the resource's name */
  name: guestNameArg,
  /** Number of virtual CPUs, 1 to 255. */
  vcpus: z
    .number()
    .int()
    .min(1, "must be at least 1")
    .max(255, "must be at most 255, the maximum of QEMU's pc machine"),
  /** Memory in MiB, 16 to 4194304. */
  memoryMiB: z.number().int().min(16, "must be at least 16 MiB").max(4_194_304, "must be at most 4194304 MiB (4 TiB)"),
  /**
   * "kvm" uses hardware virtualisation. "tcg" is QEMU's emulation, 10 to 50 times slower. "auto" uses KVM if the host
   * can, else emulation.
   */
  accelerator: z.enum(["auto", "kvm", "tcg"]),
  /**
   * Disks. The guest boots from the first one. When Pulumi deletes the guest, the disks remain.
   * @resource Disk.name
   */
  disks: z.array(z.string()),
  /** Network interfaces, at most 8, in the order eth0, eth1 …. A change of only `link` does not restart the guest. */
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
  /** Configuration that cloud-init applies at the guest's first boot. @default no configuration */
  cloudInit: cloudInit.optional(),
  /** Boot this kernel directly, without a boot loader. @default none: the guest boots from its first disk */
  kernel: kernel.optional(),
  /** Conditions under which the guest is ready. @default none: the guest is ready when QEMU runs */
  waitFor: waitFor.optional(),
  /** Time limit in seconds for a clean shutdown, 1 to 3600. After this time, systemd ends QEMU. */
  stopWithinSeconds: z.number().int().min(1).max(3600),
  /** Whether the guest runs. */
  running: z.boolean(),
  /** Start the guest when the host boots. */
  autostart: z.boolean(),
});

export type GuestWant = z.infer<typeof guestSchema> & Wanted;
export type HostForward = z.infer<typeof hostForward>;

/** A NIC in the arguments. `derive` fills in the rest. */
type GivenNic = Omit<z.infer<typeof nic>, "macAddress" | "link"> &
  Partial<Pick<z.infer<typeof nic>, "macAddress" | "link">>;

/**
 * A forwarded port listens on 127.0.0.1. In version 0.1.0 it listened on all addresses, and programs may rely on that.
 * So a forward that the state has without an address keeps listening on all of them.
 */
export function withListening(nics: readonly GivenNic[], known: readonly GivenNic[] | undefined): GivenNic[] {
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
