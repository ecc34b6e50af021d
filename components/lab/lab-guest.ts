import type * as pulumi from "@pulumi/pulumi";
import { isOutput } from "../../provider/core/resource";
import { Disk } from "../../provider/kinds/guest/disk.resource";
import { Guest, type GuestNetworkArgs, type NicArgs } from "../../provider/kinds/guest/guest.resource";
import { Image } from "../../provider/kinds/image/image.resource";
import { Tap } from "../../provider/kinds/link/tap.resource";
import { derived } from "./derived";
import type { LabArgs, LabGuestArgs, LabNicArgs } from "./lab-args";

/** One guest of a lab, with all defaults filled in. */
export interface LabMember {
  name: string;
  size: { memoryMiB: pulumi.Input<number>; vcpus?: pulumi.Input<number | undefined> };
  /** The NICs before the one on the lab's network. */
  uplinks: NicArgs[];
  nic: LabNicArgs;
  /** Static configuration on the lab's network. Without it, the guest uses DHCP. */
  network?: GuestNetworkArgs;
  diskGiB?: pulumi.Input<number | undefined>;
  userData?: pulumi.Input<string | undefined>;
}

/** @param network the static configuration, which depends on the kind of lab */
export function labMember(
  name: string,
  { memoryMiB, vcpus, nic = {}, diskGiB, userData }: LabGuestArgs,
  network?: GuestNetworkArgs,
): LabMember {
  const size = { memoryMiB: derived(memoryMiB, (given = 256) => given), ...(vcpus !== undefined && { vcpus }) };
  return {
    ...{ name, nic, uplinks: [], size },
    ...(network && { network }),
    ...(diskGiB !== undefined && { diskGiB }),
    ...(userData !== undefined && { userData }),
  };
}

export function labImage(name: string, { image, host }: LabArgs, parent: pulumi.Resource): Image {
  if (image instanceof Image) return image;
  const source = typeof image === "string" || isOutput(image) ? { source: image as pulumi.Input<string> } : image;
  return new Image(`${name}-image`, { host, ...(source as Exclude<typeof source, pulumi.Input<string>>) }, { parent });
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
  const { host, accelerator, sshAuthorizedKeys, readyWithinSeconds } = args;
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
  const timeoutSeconds = derived(readyWithinSeconds, (given = 600) => given);
  return new Guest(
    name,
    {
      ...{ host, ...member.size, disks: [disk], cloudInit },
      ...(accelerator !== undefined && { accelerator }),
      nics: [...member.uplinks, { tap: tap.name, ...member.nic }],
      waitFor: { ssh: true, cloudInit: true, timeoutSeconds },
    },
    { parent, dependsOn },
  );
}
