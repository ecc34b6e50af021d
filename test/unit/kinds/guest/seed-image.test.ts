import assert from "node:assert/strict";
import fc from "fast-check";
import { sha256 } from "../../../../provider/core/names";
import { seedImage } from "../../../../provider/kinds/guest/seed-image";

describe("a seed image", () => {
  const names = ["meta-data", "vendor-data", "user-data", "network-config"];

  it("holds each file under its name, at any size", () => {
    const sizes = fc.oneof(fc.nat(2000), fc.constantFrom(0, 511, 512, 513, 2_100_000, 4_000_000));
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 4, maxLength: 4 }), (lengths) => {
        const files = Object.fromEntries(names.map((name, i) => [name, "x".repeat(lengths[i] ?? 0)]));
        assert.deepEqual(filesIn(seedImage(files)), files);
      }),
      { numRuns: 30 },
    );
  });

  it("is small, and the same for the same files", () => {
    const image = seedImage(Object.fromEntries(names.map((name) => [name, `${name} ü\n`])));
    assert.equal(image.length, 4608);
    assert.equal(sha256(image.toString("base64")), "98e157223b076f36f62e91a5443ebad8a459f3fb31807fa32846706f46f953f0");
  });

  it("refuses more data than it can hold", () => {
    assert.throws(() => seedImage({ "user-data": "x".repeat(140_000_000) }), {
      code: "KVM6009",
      message: /more than 127 MiB/,
    });
  });
});

/** Reads a FAT12 file system as a kernel does: from the data of its first sector. */
function filesIn(image: Buffer): Record<string, string> {
  const [sectorBytes, perCluster] = [image.readUInt16LE(11), image.readUInt8(13)];
  const [reserved, fats, entries] = [image.readUInt16LE(14), image.readUInt8(16), image.readUInt16LE(17)];
  const sectors = image.readUInt16LE(19) || image.readUInt32LE(32);
  const fatSectors = image.readUInt16LE(22);
  assert.equal(image.length, sectors * sectorBytes);
  const fat = image.subarray(reserved * sectorBytes, (reserved + fatSectors) * sectorBytes);
  const second = image.subarray((reserved + fatSectors) * sectorBytes, (reserved + 2 * fatSectors) * sectorBytes);
  assert.ok(fats === 2 && fat.equals(second), "both FATs are the same");
  const folderAt = (reserved + fats * fatSectors) * sectorBytes;
  const dataAt = folderAt + entries * 32;
  const clusterBytes = perCluster * sectorBytes;
  assert.ok((image.length - dataAt) / clusterBytes < 4085, "FAT12 has less than 4085 clusters");
  const next = (cluster: number) => {
    const pair = fat.readUInt16LE(Math.floor(cluster * 1.5));
    return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
  };
  const found: Record<string, string> = {};
  let long = "";
  for (let at = folderAt; at < dataAt && image[at] !== 0; at += 32) {
    const entry = image.subarray(at, at + 32);
    if (entry[11] === 0x0f) {
      long = characters(entry) + long;
      continue;
    }
    if (entry[11] === 0x08) assert.equal(entry.toString("latin1", 0, 11), "CIDATA     ");
    else {
      const parts: Buffer[] = [];
      for (let cluster = entry.readUInt16LE(26); cluster >= 2 && cluster < 0xff8; cluster = next(cluster)) {
        const from = dataAt + (cluster - 2) * clusterBytes;
        parts.push(image.subarray(from, from + clusterBytes));
      }
      found[long] = Buffer.concat(parts).subarray(0, entry.readUInt32LE(28)).toString();
    }
    long = "";
  }
  return found;
}

function characters(entry: Buffer): string {
  const bytes = Buffer.concat([entry.subarray(1, 11), entry.subarray(14, 26), entry.subarray(28, 32)]);
  return bytes.toString("utf16le").split("\0")[0] ?? "";
}
