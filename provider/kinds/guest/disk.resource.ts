// Made by tools/resources.ts from the schema in disk.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";
import type { Image } from "../image/image.resource";

/** Arguments of a Disk. A disk stays when a guest that uses it is deleted. */
export interface DiskArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /**
   * Name of the disk on the host, at most 63 characters.
   * @default derived from the stack and the resource's name, plus random characters
   */
  name?: pulumi.Input<string | undefined>;
  /**
   * Base image. The disk starts with the contents of the image, without a copy (a qcow2 overlay).
   * @default an empty disk
   */
  image?: pulumi.Input<Image | undefined>;
  /**
   * Virtual size in GiB, at most 65536. It may grow, even while the guest runs. It cannot shrink.
   * @default the size of the image. Required without an image
   */
  sizeGiB?: pulumi.Input<number | undefined>;
}

/**
 * A disk on a host: an overlay of an image, or an empty disk. With Pulumi's resource option `retainOnDelete`, the disk
 * remains on the host after a destroy. A new Disk with the same `name` uses it again.
 * @example
 * const image = new kvm.Image("debian", { host, source: "/srv/images/debian-13.qcow2" });
 * const disk = new kvm.Disk("web", { host, image, sizeGiB: 10 });
 */
export class Disk extends Resource {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /** Name of the disk on the host, at most 63 characters. */
  declare readonly name: pulumi.Output<string>;
  /**
   * Base image. The disk starts with the contents of the image, without a copy (a qcow2 overlay). As an output:
   * `content` of the Image.
   */
  declare readonly image: pulumi.Output<string | undefined>;
  /** Virtual size in GiB, at most 65536. It may grow, even while the guest runs. It cannot shrink. */
  declare readonly sizeGiB: pulumi.Output<number | undefined>;
  /** Path of the disk (a qcow2 file) on the host. */
  declare readonly file: pulumi.Output<string>;

  constructor(name: string, args: DiskArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "Disk",
      name,
      { ...args, host: outputOf(args.host, "ref"), image: outputOf(args.image, "content") },
      { filled: ["name", "file"], optional: ["image", "sizeGiB"] },
      { deleteBeforeReplace: false, ...opts },
    );
  }
}
