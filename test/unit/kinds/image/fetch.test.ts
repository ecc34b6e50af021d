import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Wanted } from "../../../../provider/core/kind";
import { kindOf } from "../../../../provider/kinds";
import { imageFolder } from "../../../../provider/kinds/image/image-store.fact";
import { viewOf } from "../../../../provider/reconcile/host-view";
import { ensure } from "../../../../provider/reconcile/reconcile";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";
import { transportTo } from "../../../fake/transport";
import { checked, type Given, tower } from "../../support/given";
import { headOf } from "../../support/image-heads";

const sum = (content: Buffer) => createHash("sha256").update(content).digest("hex");
const packed = (tool: string, content: Buffer, ...args: string[]) =>
  execFileSync(tool, ["-c", ...args], { input: content, maxBuffer: 2 ** 28 });

/** A tar archive as GNU tar writes it, with one file for each content. */
function archive(...contents: Buffer[]): Buffer {
  const blocks = contents.flatMap((content, i) => {
    const head = Buffer.alloc(512);
    head.write(`disk${i}.raw`, 0);
    head.write("0000644\0", 100);
    head.write("0000000\0", 108);
    head.write("0000000\0", 116);
    head.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    head.write("00000000000\0", 136);
    head.write("        0", 148);
    head.write("ustar\x0000", 257);
    const check = head.reduce((all, byte) => all + byte, 0);
    head.write(`${check.toString(8).padStart(6, "0")}\0 `, 148);
    return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

describe("an image on its way into the store", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const stored = () =>
    machine
      .files(imageFolder)
      .filter((file) => !file.includes("/users/"))
      .map((file) => file.split("/").at(-1));
  const leftovers = () => machine.files(imageFolder).filter((file) => /users\/.*\./.test(file));

  async function made(content: Buffer, more: Given = {}): Promise<void> {
    machine.write("/var/lib/source", content);
    const want = checked<Wanted>("Image", "debian", { source: "/var/lib/source", ...more });
    await ensure(
      viewOf(tower, async () => transportTo(machine)),
      kindOf("Image"),
      want,
    );
  }

  const raw = Buffer.from("a disk's contents".repeat(100));
  const qcow2 = headOf("v3.qcow2");

  it("is recognized by its first bytes, not by its name", async () => {
    await made(raw);
    assert.deepEqual(stored(), [`${sum(raw)}.raw`]);
    await made(qcow2, { path: "other" });
    assert.deepEqual(stored().sort(), [`${sum(raw)}.raw`, `${sum(qcow2)}.qcow2`].sort());
    assert.deepEqual(leftovers(), []);
  });

  const packs: Record<string, Buffer> = {
    gzip: gzipSync(qcow2),
    xz: packed("xz", qcow2),
    zstd: packed("zstd", qcow2, "-q"),
    bzip2: packed("bzip2", qcow2),
    tar: archive(qcow2),
    "tar and gzip": gzipSync(archive(qcow2)),
    "tar and xz": packed("xz", archive(qcow2)),
  };
  for (const [how, content] of Object.entries(packs)) {
    it(`is unpacked when it is packed with ${how}, and its checksum is that of the packed file`, async () => {
      await made(content, { sha256: sum(content) });
      assert.deepEqual([stored(), leftovers()], [[`${sum(qcow2)}.qcow2`], []]);
    });
  }

  it("is the same image for every way of packing", async () => {
    await made(gzipSync(qcow2));
    await made(packed("xz", qcow2), { path: "other" });
    assert.deepEqual(stored(), [`${sum(qcow2)}.qcow2`]);
  });

  const iso = Buffer.alloc(40_000);
  iso.write("CD001", 32_769);
  const refused: Record<string, [Buffer, RegExp]> = {
    "a disk of VMware": [headOf("vmware"), /it is a disk of VMware \(vmdk\)\. Convert it with: qemu-img convert/],
    "a description of a disk of VMware": [Buffer.from("# Disk DescriptorFile\nversion=1\n"), /VMware/],
    "a disk of Hyper-V": [headOf("hyper-v"), /it is a disk of Hyper-V \(vhd\)/],
    "a disk of Hyper-V with a fixed size": [
      Buffer.concat([Buffer.alloc(4096), headOf("hyper-v-fixed-footer")]),
      /Hyper-V/,
    ],
    "a newer disk of Hyper-V": [headOf("hyper-v-x"), /Hyper-V \(vhdx\)/],
    "a disk of VirtualBox": [headOf("virtualbox"), /VirtualBox/],
    "a disk of Parallels": [headOf("parallels"), /parallels/],
    "a QED disk": [headOf("qed"), /qed/],
    "an ISO image": [iso, /it is the image of a CD \(ISO 9660\)/],
    "a zip archive": [Buffer.from("PK\x03\x04 and more"), /it is an archive \(zip\)/],
    "a web page": [Buffer.from("<!DOCTYPE html><html>"), /it is a web page/],
    "a kernel": [Buffer.from("\x7fELF and more"), /ELF/],
    "an archive of several files": [archive(raw, raw), /a tar archive of 2 files/],
    "a file that is packed three times": [gzipSync(gzipSync(gzipSync(raw))), /packed more than twice/],
    "a packed disk of VMware": [gzipSync(headOf("vmware")), /VMware/],
    "a packed image with a backing file": [gzipSync(headOf("backing-file.qcow2")), /backing file\)\. Flatten it/],
    "an image with an external data file": [headOf("data-file.qcow2"), /external data file/],
    "a truncated archive": [gzipSync(raw.subarray(0, 1000)).subarray(0, 30), /cannot be unpacked: gzip ended with 1/],
  };
  for (const [what, [content, reason]] of Object.entries(refused)) {
    it(`is refused at once, and leaves nothing: ${what}`, async () => {
      await assert.rejects(made(content), reason);
      assert.deepEqual([stored(), leftovers()], [[], []]);
    });
  }

  it("reports the tool that the host lacks to unpack it", async () => {
    machine.lack("zstd");
    await assert.rejects(
      made(packed("zstd", qcow2, "-q")),
      /packed with zstd, and the host lacks zstd \(package zstd\)/,
    );
  });

  it("is not unpacked beyond the free space", async () => {
    // stat reports 2 MiB more than the reserve that always stays free.
    machine.command(
      "stat",
      'case "$*" in "-f -c"*) echo "528384 * (512 / 512)" ;; *) exec "$REAL_PATH/stat" "$@" ;; esac',
    );
    await assert.rejects(made(gzipSync(Buffer.alloc(2 ** 22))), /unpacked it has more than 2097152 bytes/);
    assert.deepEqual([stored(), leftovers()], [[], []]);
    machine.command("stat", 'case "$*" in "-f -c"*) echo "1 * (512 / 512)" ;; *) exec "$REAL_PATH/stat" "$@" ;; esac');
    await assert.rejects(made(gzipSync(raw)), /No space left on device/);
  });
});
