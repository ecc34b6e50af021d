import type { Fact } from "../../core/fact";
import { byName } from "../../core/reply";
import { sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";

/** A disk, as its qcow2 header describes it. */
export interface StoredDisk {
  /** Virtual size in bytes. */
  bytes: number;
  /** The base image in the store. */
  image?: string;
  /** Whether a guest ever wrote to it. A new disk has the modification time 0 (1970). */
  written: boolean;
}

/** Our disks by name. */
export type Disks = Readonly<Record<string, StoredDisk>>;

export const diskFolder = `${stateFolder}/disks`;

export function diskPath(name: string): string {
  return `${diskFolder}/${name}.qcow2`;
}

/**
 * Reads the qcow2 header itself, without a qemu-img process for each disk. The size is a big-endian 64-bit number at
 * byte 24. The name of the base is in the first cluster (QEMU, docs/interop/qcow2.txt).
 */
export const disks: Fact<Disks> = {
  name: "disks",
  command: sh`
    for disk in ${diskFolder}/*.qcow2; do
      [ -f "$disk" ] || continue
      image=$(head -c 65536 "$disk" | grep -aoE 'images/[0-9a-f]{64}\\.(qcow2|raw)' | head -n 1) || :
      size=$(od -An -v -tx1 -j24 -N8 "$disk" | tr -d ' \n')
      printf '%s %s %s %s\n' "$size" "$(stat -c %Y "$disk")" "\${image#images/}" "$disk"
    done`,
  parse: (output) =>
    byName(
      output
        .split("\n")
        .map((line) => /^([0-9a-f]{16}) (\d+) (\S*) .*\/([^/]+)\.qcow2$/.exec(line))
        .filter((match) => match !== null)
        .map(([, size = "", time, image, name = ""]) => [
          name,
          { bytes: Number.parseInt(size, 16), written: time !== "0", ...(image && { image }) },
        ]),
    ),
};
