import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lines, sh, text } from "../../../../provider/core/shell";
import { hex, qcow2Problem } from "../../../../provider/kinds/image/qcow2";
import { headOf } from "../../support/image-heads";

/** Tests with headers that qemu-img made, and with malicious changes of them. */
describe("the header check of a qcow2 file", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-kvm-qcow2-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** What the host's check prints for the file. */
  function problem(content: Buffer, base = ""): string {
    const path = join(folder, "image");
    writeFileSync(path, content);
    const script = text(
      lines(sh`set -eu`, hex, qcow2Problem, sh`problem=$(qcow2_problem ${path} ${base}); echo "$problem"`),
    );
    const { stdout, stderr, status } = spawnSync("/bin/sh", ["-s"], {
      input: script,
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.deepEqual([stderr, status], ["", 0]);
    return stdout.trim();
  }

  function changed(name: string, change: (head: Buffer) => void): Buffer {
    const head = Buffer.from(headOf(name));
    change(head);
    return head;
  }
  const feature = (bit: number) => changed("v3.qcow2", (head) => head.writeBigUInt64BE(1n << BigInt(bit), 72));

  for (const name of ["v3.qcow2", "v2.qcow2", "zstd.qcow2", "small-clusters.qcow2"])
    it(`accepts ${name}`, () => assert.equal(problem(headOf(name)), ""));

  const refused: Record<string, RegExp> = {
    "backing-file.qcow2": /it has a backing file\)\. Flatten it/,
    "backing-file-v2.qcow2": /it has a backing file/,
    "data-file.qcow2": /an external data file/,
    "extended-l2.qcow2": /features that not every QEMU knows/,
    "encrypted.qcow2": /encrypted/,
    "v1.qcow2": /neither 2 nor 3/,
  };
  for (const [name, reason] of Object.entries(refused))
    it(`refuses ${name}`, () => assert.match(problem(headOf(name)), reason));

  it("accepts features that are known to be harmless, and refuses all others", () => {
    for (let bit = 0; bit < 64; bit++) {
      const said = problem(feature(bit));
      if (bit === 0 || bit === 3) assert.equal(said, "", `bit ${bit}`);
      else assert.notEqual(said, "", `bit ${bit}`);
    }
    assert.match(problem(feature(1)), /corrupt/);
    assert.match(problem(feature(2)), /external data file/);
  }).timeout(60_000);

  it("refuses the name of a data file also when the feature bit is not set", () => {
    assert.match(problem(changed("data-file.qcow2", (head) => head.fill(0, 72, 80))), /external data file/);
    const last = changed("v3.qcow2", (head) => {
      // Behind the table of names: an extension of another type comes first.
      const end = 112 + 8 + head.readUInt32BE(116);
      head.writeUInt32BE(0x44415441, end);
      head.writeUInt32BE(4, end + 4);
    });
    assert.match(problem(last), /external data file/);
  });

  it("refuses the name of a data file in version 2 too, whose header is shorter", () => {
    const named = changed("v2.qcow2", (head) => {
      head.writeUInt32BE(0x44415441, 72);
      head.writeUInt32BE(5, 76);
    });
    assert.match(problem(named), /external data file/);
  });

  it("refuses extensions without an end", () => {
    const endless = changed("v3.qcow2", (head) => {
      for (let at = 112; at + 8 <= head.length; at += 8) head.writeUInt32BE(0xcafe, at);
    });
    const beyond = changed("v3.qcow2", (head) => head.writeUInt32BE(0xffff_ffff, 116));
    for (const head of [endless, beyond]) assert.match(problem(head), /has no end/);
  });

  it("refuses impossible lengths", () => {
    const short = changed("data-file.qcow2", (head) => head.writeUInt32BE(72, 100));
    assert.match(problem(short), /shorter than/);
    for (const bits of [8, 22, 63, 0xffff_ffff])
      assert.match(problem(changed("v3.qcow2", (head) => head.writeUInt32BE(bits, 20))), /cluster size/);
  });

  it("refuses a size above 64 TiB", () => {
    const sized = (bytes: bigint) => problem(changed("v3.qcow2", (head) => head.writeBigUInt64BE(bytes, 24)));
    assert.equal(sized(2n ** 46n), "");
    for (const bytes of [2n ** 46n + 1n, 2n ** 63n, 2n ** 64n - 1n]) assert.match(sized(bytes), /more than 65536 GiB/);
  });

  it("refuses a header that is truncated at any byte", () => {
    const whole = headOf("v3.qcow2");
    for (const length of [4, 8, 24, 71, 72, 103, 104, 113, 119])
      assert.notEqual(problem(whole.subarray(0, length)), "");
  });

  it("allows the expected backing file, and no other", () => {
    const disk = headOf("backing-file.qcow2");
    assert.equal(problem(disk, "v3.qcow2"), "");
    for (const base of ["v3.qcow", "v3.qcow22", "/etc/shadow"]) assert.match(problem(disk, base), /backing file/);
    const long = changed("backing-file.qcow2", (head) => head.writeUInt32BE(0xffff_ffff, 16));
    assert.match(problem(long, "v3.qcow2"), /backing file/);
  });
});
