import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import fc from "fast-check";
import { transportFor } from "../../../provider/transport/pool";
import type { Transport } from "../../../provider/transport/transport";
import { type FakeHost, fakeHost } from "../support/fake-host";
import { ownSurroundings } from "../support/surroundings";

describe("an uploaded file", () => {
  const surroundings = ownSurroundings();
  let host: FakeHost;
  let transport: Transport;
  let folder = "";
  beforeEach(async () => {
    host = await fakeHost({ authorized: "anyone" });
    folder = join(surroundings.home, "there");
    mkdirSync(folder);
    transport = await transportFor({
      name: "t",
      address: "127.0.0.1",
      port: host.port,
      user: "root",
      hostKey: host.hostKey,
    });
  });
  afterEach(() => host.close());
  const left = () => readdirSync(folder);

  it("arrives unchanged, under any name, with its mode", async () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "'", '"', "$", " ", "-", "\\", "é", "`", ";"),
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(
        name,
        fc.uint8Array({ maxLength: 5000 }),
        fc.constantFrom(0o600, 0o644, 0o4755),
        async (name, data, mode) => {
          const file = join(folder, name);
          await transport.put(Readable.from([Buffer.from(data)]), file, { mode, size: data.length });
          assert.deepEqual(await transport.read(file), Buffer.from(data));
          assert.equal(statSync(file).mode & 0o7777, mode);
        },
      ),
      { numRuns: 25 },
    );
    assert.ok(left().every((name) => !name.endsWith(".part")));
  }).timeout(10_000);

  it("may have an unknown size, and reports its progress", async () => {
    const progress: number[] = [];
    await transport.put(Readable.from(["abc", "", "dé"]), join(folder, "f"), {
      mode: 0o600,
      onProgress: (n) => progress.push(n),
    });
    assert.equal(readFileSync(join(folder, "f"), "utf8"), "abcdé");
    assert.equal(progress.at(-1), 6);
  });

  it("is given up as soon as it exceeds its announced size, because a source may be endless", async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1 << 16);
      })(),
    );
    const put = transport.put(endless, join(folder, "f"), { mode: 0o600, size: 200_000 });
    await assert.rejects(put, { name: "CommandFailed", message: /gave 262144 bytes, but 200000 were announced/ });
    assert.deepEqual(left(), []);
  });

  it("leaves the old file in place when it is shorter or longer than announced", async () => {
    writeFileSync(join(folder, "f"), "old");
    for (const size of [2, 4]) {
      const put = transport.put(Readable.from(["new"]), join(folder, "f"), { mode: 0o600, size });
      await assert.rejects(put, { name: "CommandFailed", message: /gave 3 bytes, but [24] were announced/ });
    }
    await settled();
    assert.deepEqual([left(), readFileSync(join(folder, "f"), "utf8")], [["f"], "old"]);
  });

  it("leaves the old file in place when its source fails", async () => {
    writeFileSync(join(folder, "f"), "old");
    const source = new PassThrough();
    source.write("half");
    setTimeout(() => source.destroy(new Error("the download broke off")), 50);
    await assert.rejects(transport.put(source, join(folder, "f"), { mode: 0o600 }), /the download broke off/);
    await settled();
    assert.deepEqual([left(), readFileSync(join(folder, "f"), "utf8")], [["f"], "old"]);
  });

  it("leaves the old file in place when the connection breaks", async () => {
    writeFileSync(join(folder, "f"), "old");
    const source = new PassThrough();
    source.write(Buffer.alloc(100_000));
    const put = transport.put(source, join(folder, "f"), { mode: 0o600 });
    while (left().length < 2) await pause(10);
    host.cut();
    await assert.rejects(put, { name: "HostUnreachable", retryable: false });
    assert.equal(source.destroyed, true);
    await settled();
    assert.deepEqual([left(), readFileSync(join(folder, "f"), "utf8")], [["f"], "old"]);
  });

  it("is given up at its time limit", async () => {
    const put = transport.put(new PassThrough(), join(folder, "f"), { mode: 0o600, timeoutSeconds: 0.2 });
    await assert.rejects(put, { name: "HostUnreachable", message: /did not end after 0.2 s/ });
    await settled();
    assert.deepEqual(left(), []);
  });

  it("fails with the reason of the host", async () => {
    const put = (path: string) => transport.put(Readable.from(["x".repeat(10_000_000)]), path, { mode: 0o600 });
    await assert.rejects(put(join(folder, "none/f")), {
      ...{ name: "CommandFailed", code: "KVM2011" },
      message: /cannot write .*none\/f: .*(nonexistent|No such)/i,
    });
    await assert.rejects(put(folder), { name: "CommandFailed", message: /it is a directory/ });
    assert.deepEqual(left(), []);
  });

  it("reads as undefined when it is absent, and fails when it cannot be read", async () => {
    assert.equal(await transport.read(join(folder, "none")), undefined);
    await assert.rejects(transport.read(folder), { name: "CommandFailed", message: /cannot read .*directory/i });
  });

  async function settled(): Promise<void> {
    for (let n = 0; n < 100 && left().some((name) => name.endsWith(".part")); n++) await pause(10);
  }
});

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
