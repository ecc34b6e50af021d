import { loginThrough } from "../../core/jump";
import { kind } from "../../core/kind";
import { macAddress, objectName } from "../../core/names";
import { consoleCommand } from "./connect";
import { firstTap, type GuestWant, guestSchema, withListening } from "./guest-args";
import { guestFacts } from "./guest-facts";
import { absentGuest, actualGuest, planGuest, warnings } from "./guest-plan";
import { ownAddresses } from "./own-addresses";

interface Outputs {
  /** MAC address of each NIC, in the order of `nics`. */
  macAddresses: string[];
  /** Static addresses from `cloudInit.network`, each with its prefix length. */
  addresses: string[];
  /** Command that logs in to the guest as root, through the hypervisor. Only for a guest with a tap on a bridge. */
  ssh: string;
  /** Command that opens the serial console. Ctrl-] closes it. */
  console: string;
  /**
   * IPv6 link-local address of the first NIC on a tap, with the bridge as zone: `fe80::…%br0`. Only the hypervisor can
   * use it. Only for a guest with a tap on a bridge.
   */
  linkLocal: string;
  /** Ed25519 host key of the guest's SSH server. It is known after cloud-init has printed it on the console. */
  hostKey: string;
}

/**
 * A virtual machine on a host.
 * @example
 * const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });
 * const tap = new kvm.Tap("web", { host, bridge: lan.name });
 * const image = new kvm.Image("debian", { host, source: "/srv/images/debian-13.qcow2" });
 * const disk = new kvm.Disk("web", { host, image });
 * const web = new kvm.Guest("web", {
 *   host,
 *   memoryMiB: 512,
 *   disks: [disk],
 *   nics: [{ tap: tap.name }],
 *   cloudInit: { network: { addresses: ["192.168.50.10/24"], gateway: "192.168.50.1" } },
 *   waitFor: { ssh: true },
 * });
 */
export const guest = kind<GuestWant, ReturnType<typeof guestFacts>, Outputs>({
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
      console: consoleCommand(want, guests[want.name]),
      ...(tap &&
        bridge && {
          linkLocal: `${tap.linkLocal}%${bridge}`,
          ssh: loginThrough(want.host, `root@${tap.linkLocal}%${bridge}`),
        }),
      ...(hostKey && { hostKey }),
      // The comments of ssh, linkLocal and hostKey say when they are absent. A program uses them as texts.
    } as Outputs;
  },
});
