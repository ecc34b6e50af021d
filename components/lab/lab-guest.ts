import type * as pulumi from "@pulumi/pulumi";
import { Disk } from "../../provider/kinds/guest/disk.resource";
import { Guest, type Nic, type NicArgs } from "../../provider/kinds/guest/guest.resource";
import type { Host } from "../../provider/kinds/host/host.resource";
import { Image } from "../../provider/kinds/image/image.resource";
import { Tap } from "../../provider/kinds/link/tap.resource";

/** Arguments that all labs have. */
export interface LabArgs {
  host: Host;
  /** An Image, or a source of one: a path on the host, a URL or a local file. The image must have cloud-init. */
  image: Image | string | { source: string; sha256?: string };
  /** "kvm", "tcg" or "auto". @default "kvm" */
  accelerator?: "auto" | "kvm" | "tcg";
  /** SSH public keys for the guests. The public keys that may log in to the host are always included. @default none */
  sshAuthorizedKeys?: string[];
  /** Time limit in seconds for each guest, until SSH and cloud-init are ready. @default 600 */
  readyWithinSeconds?: number;
}

/** Arguments of each guest of a lab. */
export interface LabGuest {
  /** Memory in MiB. @default 256 */
  memoryMiB?: number;
  /** Number of virtual CPUs. @default 1 */
  vcpus?: number;
  /** The guest's NIC on the lab's network. */
  nic?: { model?: Nic["model"]; macAddress?: string };
  /** Disk size in GiB. @default the image's size */
  diskGiB?: number;
  /** Your own #cloud-config. The state encrypts it. */
  userData?: pulumi.Input<string>;
}

/** One guest of a lab, with all defaults filled in. */
export interface LabMember {
  name: string;
  size: { memoryMiB: number; vcpus?: number };
  /** The NICs before the one on the lab's network. */
  uplinks: NicArgs[];
  nic: { model?: Nic["model"]; macAddress?: string };
  /** Static configuration on the lab's network. Without it, the guest uses DHCP. */
  network?: { addresses: string[]; gateway?: string; nameservers?: string[] };
  diskGiB?: number;
  userData?: pulumi.Input<string>;
}

/** @param network the static configuration, which depends on the kind of lab */
export function labMember(
  name: string,
  { memoryMiB = 256, vcpus, nic = {}, diskGiB, userData }: LabGuest,
  network?: LabMember["network"],
): LabMember {
  return {
    ...{ name, nic, uplinks: [], size: { memoryMiB, ...(vcpus !== undefined && { vcpus }) } },
    ...(network && { network }),
    ...(diskGiB !== undefined && { diskGiB }),
    ...(userData !== undefined && { userData }),
  };
}

export function labImage(name: string, { image, host }: LabArgs, parent: pulumi.Resource): Image {
  if (image instanceof Image) return image;
  return new Image(`${name}-image`, { host, ...(typeof image === "string" ? { source: image } : image) }, { parent });
}

/** The image and the bridge of a guest, and the resources that must exist before it. */
export interface LabPlace {
  parent: pulumi.Resource;
  image: Image;
  bridge: pulumi.Input<string>;
  dependsOn?: pulumi.Resource[];
}

/** A guest with a tap and a disk of its own. */
export function labGuest(lab: string, args: LabArgs, member: LabMember, place: LabPlace): Guest {
  const { host, accelerator, sshAuthorizedKeys, readyWithinSeconds = 600 } = args;
  const { parent, image, bridge, dependsOn = [] } = place;
  const name = `${lab}-${member.name}`;
  const tap = new Tap(`${name}-tap`, { host, bridge }, { parent });
  const size = member.diskGiB === undefined ? {} : { sizeGiB: member.diskGiB };
  const disk = new Disk(`${name}-disk`, { host, image, ...size }, { parent });
  const cloudInit = {
    hostname: member.name,
    ...(sshAuthorizedKeys && { sshAuthorizedKeys }),
    ...(member.network && { network: member.network }),
    ...(member.userData !== undefined && { userData: member.userData }),
  };
  return new Guest(
    name,
    {
      ...{ host, ...member.size, disks: [disk], cloudInit },
      ...(accelerator !== undefined && { accelerator }),
      nics: [...member.uplinks, { tap: tap.name, ...member.nic }],
      waitFor: { ssh: true, cloudInit: true, timeoutSeconds: readyWithinSeconds },
    },
    { parent, dependsOn },
  );
}
