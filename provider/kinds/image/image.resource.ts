import type * as pulumi from "@pulumi/pulumi";
import { type Inputs, type OnHost, onHost, Resource } from "../../core/resource";

/** Arguments of an Image: a file that disks use as their base. */
export interface ImageArgs {
  /**
   * Source of the image. It is a path on the host ("/srv/debian.qcow2"), a URL that the host downloads ("https://…",
   * with `sha256`), or a file on the machine that runs Pulumi, which the provider uploads ("./debian.qcow2" or
   * "file:///…"). The file is qcow2 or a raw disk. It may be packed with xz, gzip, zstd or bzip2, or be the only file
   * in a tar archive: then the host unpacks it, up to 64 GiB. The provider refuses other formats, and a qcow2 file that
   * names another file.
   */
  source: string;
  /**
   * SHA-256 of the source file in hex, before unpacking. Required for a URL. For other sources the host checks it only
   * if it is given.
   */
  sha256?: string;
  /** Time limit for the fetch, in seconds. @default 1800 */
  timeoutSeconds?: number;
}

/** An image on a host. The host stores each content once, however many resources use it. */
export class Image extends Resource {
  /** Name of the image in the store: its SHA-256 and format, `<SHA-256>.qcow2` or `<SHA-256>.raw`. */
  declare readonly content: pulumi.Output<string>;
  /** Path of the image on the host. */
  declare readonly file: pulumi.Output<string>;
  constructor(name: string, args: Inputs<ImageArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("Image", name, onHost(args), ["content", "file"], opts);
  }
}
