// Made by tools/resources.ts from the schema in image.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";

/** Arguments of an Image: a file that disks use as their base. */
export interface ImageArgs {
  /** The machine on which the resource is created: a Host, or a Guest. */
  host: pulumi.Input<HostOrGuest>;
  /**
   * Source of the image: a path on the host ("/srv/debian.qcow2"), a URL that the host downloads ("https://…", with
   * `sha256`), or a local file that the provider uploads ("./debian.qcow2" or "file:///…"). The format must be qcow2 or
   * raw. If the file is compressed (xz, gzip, zstd, bzip2), or a tar archive with one file, the host unpacks it, up to
   * 64 GiB. The provider refuses a qcow2 file that needs another file, such as a backing file.
   */
  source: pulumi.Input<string>;
  /**
   * SHA-256 of the source file in hex. For a compressed file, it is the checksum of the compressed file. Required for a
   * URL, optional for other sources.
   */
  sha256?: pulumi.Input<string | undefined>;
  /** Time limit for the fetch, in seconds. @default 1800 */
  timeoutSeconds?: pulumi.Input<number | undefined>;
}

/**
 * A disk image on a host. Images with the same content share one file on the host.
 * @example
 * const image = new kvm.Image("debian", { host, source: "/srv/images/debian-13.qcow2" });
 */
export class Image extends Resource {
  /** The machine on which the resource is created: a Host, or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /**
   * Source of the image: a path on the host ("/srv/debian.qcow2"), a URL that the host downloads ("https://…", with
   * `sha256`), or a local file that the provider uploads ("./debian.qcow2" or "file:///…"). The format must be qcow2 or
   * raw. If the file is compressed (xz, gzip, zstd, bzip2), or a tar archive with one file, the host unpacks it, up to
   * 64 GiB. The provider refuses a qcow2 file that needs another file, such as a backing file.
   */
  declare readonly source: pulumi.Output<string>;
  /**
   * SHA-256 of the source file in hex. For a compressed file, it is the checksum of the compressed file. Required for a
   * URL, optional for other sources.
   */
  declare readonly sha256: pulumi.Output<string | undefined>;
  /** Time limit for the fetch, in seconds. */
  declare readonly timeoutSeconds: pulumi.Output<number>;
  /** Name of the image in the store: its SHA-256 and format, `<SHA-256>.qcow2` or `<SHA-256>.raw`. */
  declare readonly content: pulumi.Output<string>;
  /** Path of the image on the host. */
  declare readonly file: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "Image",
      name,
      { ...args, host: outputOf(args.host, "ref") },
      { filled: ["timeoutSeconds", "content", "file"], optional: ["sha256"] },
      opts,
    );
  }
}
