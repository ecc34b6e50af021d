import type { Fact } from "../../core/fact";
import type { Problem } from "../../core/problem";
import { byName } from "../../core/reply";
import { sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";
import { imageErrors } from "./errors";

/**
 * A file in the image store. The store has each file once, read-only, with its content as its name ("<SHA-256>.qcow2").
 * Each user of the image has a file in the folder users. The last user removes the image, unless a disk has it as its
 * base.
 */
export interface StoredImage {
  bytes: number;
  /** Modification time in seconds since 1970. The store sets it to 0. Any other value means a write after that. */
  modified: number;
}

export type Images = Readonly<Record<string, StoredImage>>;

export const imageFolder = `${stateFolder}/images`;

export function imagePath(content: string): string {
  return `${imageFolder}/${content}`;
}

export const images: Fact<Images> = {
  name: "images",
  command: sh`
    if [ -d ${imageFolder} ]; then
      find ${imageFolder} -maxdepth 1 -type f -regextype posix-extended -regex '.*/[0-9a-f]{64}\\.(qcow2|raw)' -printf '%s %Ts %f\n'
    fi`,
  parse: (output) =>
    byName(
      output
        .split("\n")
        .map((line) => /^(\d+) (\d+) (\S+)$/.exec(line))
        .filter((match) => match !== null)
        .map(([, bytes, modified, name = ""]) => [name, { bytes: Number(bytes), modified: Number(modified) }]),
    ),
};

/** Why disks with this base image cannot be trusted. Undefined when they can. */
export function imageProblem(content: string, images: Images): Problem | undefined {
  const stored = images[content];
  if (!stored) return imageErrors.missing(`its base image ${imagePath(content)} does not exist any more`);
  if (stored.modified === 0) return undefined;
  return imageErrors.modified(
    `another program changed the image ${imagePath(content)} after it was stored. Restore it, or delete the image and the disks that use it`,
  );
}

/** The state of a fetch of one image. */
export interface Fetch {
  /** Whether the image store exists. */
  store: boolean;
  /** The name of the image in the store. Absent until the fetch is complete. */
  content?: string;
  /** The ActiveState of the systemd unit: "active" during the fetch, "failed" or "inactive". */
  state: string;
  /** The last 1000 bytes of its output. */
  log: string;
}

export function fetchOf(name: string): Fact<Fetch> {
  const own = `${imageFolder}/users/${name}`;
  return {
    name: `fetching of ${name}`,
    // Reads the state first. A fetch that ends before the second read has left its content, and does not look like one
    // that never started.
    command: sh`
      [ ! -d ${`${imageFolder}/users`} ] || echo store
      printf 'state=%s\n' "$(systemctl show ${fetchUnit(name)} -p ActiveState --value)"
      [ ! -f ${own} ] || sed 's/^/content=/' ${own}
      [ ! -f ${fetchLog(name)} ] || tail -c 1000 ${fetchLog(name)} | tr '\r' '\n' | sed 's/^/log=/'`,
    parse: (output) => {
      const tagged = (tag: string) =>
        output
          .split("\n")
          .filter((l) => l.startsWith(tag))
          .map((l) => l.slice(tag.length));
      const [content] = tagged("content=");
      return {
        ...(content && { content }),
        store: output.split("\n").includes("store"),
        state: tagged("state=")[0] ?? "",
        log: tagged("log=").join("\n").trim(),
      };
    },
  };
}

export function fetchUnit(name: string): string {
  return `pulumi-kvm-image-${name}.service`;
}

/** Not in the folder of the image: when the disk is full, the log must still be able to say so. */
export function fetchLog(name: string): string {
  return `/run/pulumi-kvm-image-${name}.log`;
}
