import { z } from "zod";
import { linkLocal } from "../../core/addresses";
import { type Wanted, wanted } from "../../core/kind";
import { addressArg, guestNameArg, linkNameArg, macArg, portArg } from "../../core/validators";
import { networkSchema } from "./guest-addresses";
import type { HostForward, Nic } from "./guest-parts";

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
