import type { Fact } from "../../core/fact";
import { byName } from "../../core/reply";
import { sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";

/**
 * The store of images: each file once, named by its content ("<SHA-256>.qcow2"), read-only. Who uses it is a file
 * beside it; the last one out removes it, unless a disk stands on it.
 */
export interface StoredImage {
  bytes: number;
  /** Seconds since 1970. It is set to 0 when the image is stored: any other says that it was written since. */
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

/** Why disks that stand on an image are not to be trusted; undefined when they are. */
export function imageProblem(content: string, images: Images): string | undefined {
  const stored = images[content];
  if (!stored) return `its base ${imagePath(content)} is gone`;
  if (stored.modified === 0) return undefined;
  return `${imagePath(content)} was written to since it was stored. Restore it, or remove the disks on it and the image`;
}

/** How the fetching of one image stands. */
export interface Fetch {
  /** Whether the store is there at all. */
  store: boolean;
  /** The content that it came to, once it is there. */
  content?: string;
  /** "active" while it is under way; "failed"; "inactive". */
  state: string;
  /** The last lines that it printed. */
  log: string;
}

export function fetchOf(name: string): Fact<Fetch> {
  const own = `${imageFolder}/users/${name}`;
  return {
    name: `fetching of ${name}`,
    // The state first: what ends between the two looks has left its content, and is not taken for one that never began.
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

/** Not beside the image: when the disk is full, that is what must be said. */
export function fetchLog(name: string): string {
  return `/run/pulumi-kvm-image-${name}.log`;
}
