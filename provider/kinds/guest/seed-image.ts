import { UserError } from "../../core/errors";
import { guestErrors } from "./errors";

/** The name of the seed file in a guest's folder. It holds the image in base64. */
export const seedFile = "seed.base64";

/**
 * A FAT12 image with a few files in its root folder, which cloud-init reads (NoCloud). The same files give the same
 * bytes. The host needs no tool for it, and QEMU does not need vvfat, which some distributions leave out. The layout
 * follows Microsoft's FAT specification 1.03. File names have at most 26 characters here.
 */
export function seedImage(files: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(files).map(([name, content]) => ({ name, content: Buffer.from(content) }));
  const layout = layoutFor(entries.map(({ content }) => content.length));
  const image = Buffer.alloc(layout.sectors * sectorBytes);
  const fat: number[] = [0xff8, 0xfff];
  const folder: Buffer[] = [labelEntry()];
  for (const [i, { name, content }] of entries.entries()) {
    const clusters = Math.ceil(content.length / layout.clusterBytes);
    const firstCluster = clusters === 0 ? 0 : fat.length;
    if (clusters > 0) content.copy(image, layout.dataAt + (firstCluster - 2) * layout.clusterBytes);
    for (let left = clusters; left > 0; left--) fat.push(left > 1 ? fat.length + 1 : 0xfff);
    folder.push(...fileEntries(name, i, firstCluster, content.length));
  }
  bootSector(layout).copy(image);
  for (const copy of [0, 1]) packed(fat).copy(image, (1 + copy * layout.fatSectors) * sectorBytes);
  Buffer.concat(folder).copy(image, layout.folderAt);
  return image;
}

const sectorBytes = 512;
/** Entries in the root folder: one for the label, and at most three for each file. */
const folderEntries = 32;
const folderSectors = (folderEntries * 32) / sectorBytes;
/** The maximum for FAT12. With more clusters it would be FAT16. */
const mostClusters = 4084;

interface Layout {
  sectorsPerCluster: number;
  clusterBytes: number;
  fatSectors: number;
  sectors: number;
  folderAt: number;
  dataAt: number;
}

/** The layout with the smallest clusters that hold all files. */
function layoutFor(sizes: readonly number[]): Layout {
  for (let sectorsPerCluster = 1; sectorsPerCluster <= 64; sectorsPerCluster *= 2) {
    const clusterBytes = sectorsPerCluster * sectorBytes;
    const clusters = Math.max(
      1,
      sizes.reduce((sum, size) => sum + Math.ceil(size / clusterBytes), 0),
    );
    if (clusters > mostClusters) continue;
    const fatSectors = Math.ceil(((clusters + 2) * 1.5) / sectorBytes);
    const folderAt = (1 + 2 * fatSectors) * sectorBytes;
    const dataAt = folderAt + folderSectors * sectorBytes;
    const sectors = dataAt / sectorBytes + clusters * sectorsPerCluster;
    return { sectorsPerCluster, clusterBytes, fatSectors, sectors, folderAt, dataAt };
  }
  throw new UserError(
    guestErrors.seedTooLarge("the configuration for cloud-init has more than 127 MiB. Make it smaller"),
  );
}

/** If a BIOS boots this sector, its code passes on to the next boot device (INT 18h). */
function bootSector({ sectorsPerCluster, fatSectors, sectors }: Layout): Buffer {
  const sector = Buffer.alloc(sectorBytes);
  sector.set([0xeb, 0x3c, 0x90]);
  sector.write("MSWIN4.1", 3, "latin1");
  sector.writeUInt16LE(sectorBytes, 11);
  sector.writeUInt8(sectorsPerCluster, 13);
  sector.writeUInt16LE(1, 14); // this sector
  sector.writeUInt8(2, 16); // FATs
  sector.writeUInt16LE(folderEntries, 17);
  sector.writeUInt16LE(sectors < 0x10000 ? sectors : 0, 19);
  sector.writeUInt8(0xf8, 21); // a fixed disk
  sector.writeUInt16LE(fatSectors, 22);
  sector.writeUInt16LE(32, 24); // sectors per track and heads: not used
  sector.writeUInt16LE(64, 26);
  sector.writeUInt32LE(sectors < 0x10000 ? 0 : sectors, 32);
  sector.writeUInt8(0x80, 36);
  sector.writeUInt8(0x29, 38); // the serial number, the label and the type follow
  sector.writeUInt32LE(0x434c4f44, 39);
  sector.write("CIDATA     FAT12   ", 43, "latin1");
  sector.set([0xcd, 0x18, 0xf4, 0xeb, 0xfd], 62);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** Packs each two entries of 12 bits into three bytes. */
function packed(fat: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(fat.length / 2) * 3);
  fat.forEach((value, i) => {
    const at = Math.floor(i / 2) * 3;
    const pair = i % 2 === 0 ? value : value << 12;
    bytes.writeUIntLE(bytes.readUIntLE(at, 3) | pair, at, 3);
  });
  return bytes;
}

function labelEntry(): Buffer {
  return shortEntry("CIDATA     ", 0x08, 0, 0);
}

/**
 * The entries of a long name come before the file's own entry, the last part first. The short name only has to be
 * unique.
 */
function fileEntries(name: string, place: number, firstCluster: number, size: number): Buffer[] {
  const short = `SEED~${place + 1}`.padEnd(11);
  const parts = Math.ceil(name.length / 13);
  const long = Array.from({ length: parts }, (_, i) => longEntry(name, parts - i, i === 0, checksum(short)));
  return [...long, shortEntry(short, 0x20, firstCluster, size)];
}

/** 1980-01-01, the first date that FAT can store. */
const firstDay = 0x21;

function shortEntry(name: string, attributes: number, firstCluster: number, size: number): Buffer {
  const entry = Buffer.alloc(32);
  entry.write(name, "latin1");
  entry.writeUInt8(attributes, 11);
  for (const at of [16, 18, 24]) entry.writeUInt16LE(firstDay, at);
  entry.writeUInt16LE(firstCluster, 26);
  entry.writeUInt32LE(size, 28);
  return entry;
}

/** 13 characters of UTF-16 in three fields. A zero ends the name, and 0xffff fills the rest. */
function longEntry(name: string, order: number, last: boolean, sum: number): Buffer {
  const entry = Buffer.alloc(32);
  entry.writeUInt8(last ? order | 0x40 : order, 0);
  entry.writeUInt8(0x0f, 11);
  entry.writeUInt8(sum, 13);
  const places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
  places.forEach((at, i) => {
    const character = (order - 1) * 13 + i;
    const code = character < name.length ? name.charCodeAt(character) : character === name.length ? 0 : 0xffff;
    entry.writeUInt16LE(code, at);
  });
  return entry;
}

function checksum(short: string): number {
  return [...Buffer.from(short, "latin1")].reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}
