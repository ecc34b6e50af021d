import type * as pulumi from "@pulumi/pulumi";
import type { NicBaseArgs } from "../../provider/kinds/guest/guest.resource";
import type { Host } from "../../provider/kinds/host/host.resource";
import type { Image } from "../../provider/kinds/image/image.resource";

/** Arguments that all labs have. */
export interface LabArgs {
  /** The hypervisor. */
  host: pulumi.Input<Host>;
  /** An Image, or a source of one: a path on the host, a URL or a local file. The image must have cloud-init. */
  image: Image | pulumi.Input<string> | LabImageArgs;
  /** "kvm", "tcg" or "auto". @default "kvm" */
  accelerator?: pulumi.Input<"auto" | "kvm" | "tcg" | undefined>;
  /** SSH public keys for the guests. The public keys that may log in to the host are always included. @default none */
  sshAuthorizedKeys?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Time limit in seconds for each guest, until SSH and cloud-init are ready. @default 600 */
  readyWithinSeconds?: pulumi.Input<number | undefined>;
}

/** The image of a lab's guests, by its source. */
export interface LabImageArgs {
  /** Source of the image, as that of an Image. */
  source: pulumi.Input<string>;
  /** SHA-256 of the source file in hex. Required for a URL. */
  sha256?: pulumi.Input<string | undefined>;
}

/** Arguments of each guest of a lab. */
export interface LabGuestArgs {
  /** Memory in MiB. @default 256 */
  memoryMiB?: pulumi.Input<number | undefined>;
  /** Number of virtual CPUs. @default 1 */
  vcpus?: pulumi.Input<number | undefined>;
  /** The guest's NIC on the lab's network. @default a virtio NIC */
  nic?: LabNicArgs;
  /** Disk size in GiB. @default the image's size */
  diskGiB?: pulumi.Input<number | undefined>;
  /** Your own #cloud-config. The state encrypts it. @default none */
  userData?: pulumi.Input<string | undefined>;
}

/** The NIC of a guest on the lab's network. */
export interface LabNicArgs {
  /** NIC model that QEMU emulates. "virtio" is the fastest. @default "virtio" */
  model?: NicBaseArgs["model"];
  /** MAC address, unicast and in lower case. @default derived from the stack, the guest and the NIC's index */
  macAddress?: pulumi.Input<string | undefined>;
}

/** The page that each guest of a lab fetches. */
export interface LabProbeArgs {
  /** http or https URL to fetch. @default no page */
  url?: pulumi.Input<string | undefined>;
  /** Whether a failed probe fails the update. @default true */
  required?: pulumi.Input<boolean | undefined>;
}
