import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";
import type { Image } from "../image/image.resource";

/** Arguments of a Disk. A disk stays when a guest that uses it is deleted. */
export interface DiskArgs {
  /**
   * Name of the disk on the host, at most 63 characters.
   * @default derived from the stack and the resource's name, plus random characters
   */
  name?: string;
  /**
   * Base image. The disk starts with the contents of the image, without a copy (a qcow2 overlay).
   * @default an empty disk
   */
  image?: Image;
  /**
   * Virtual size in GiB, at most 65536. It may grow, even while the guest runs. It cannot shrink.
   * @default the size of the image. Required without an image
   */
  sizeGiB?: number;
}

/**
 * A disk on a host: an overlay of an image, or an empty disk. With Pulumi's resource option `retainOnDelete`, the disk
 * remains on the host after a destroy. A new Disk with the same `name` uses it again.
 */
export class Disk extends Resource {
  declare readonly name: pulumi.Output<string>;
  /** Path of the disk (a qcow2 file) on the host. */
  declare readonly file: pulumi.Output<string>;
  constructor(
    name: string,
    args: Inputs<Omit<DiskArgs, "image">> & { image?: Image } & OnHost,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const { image, ...rest } = args;
    const props = { ...onHost(rest), ...(image && { image: image.content }) };
    super("Disk", name, props, ["name", "file"], { deleteBeforeReplace: false, ...opts });
  }
}
