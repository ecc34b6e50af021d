import assert from "node:assert/strict";
import fc from "fast-check";
import { linkName, macAddress, newUid, objectName, sha256 } from "../../../provider/core/names";
import { linkNameArg, macArg } from "../../../provider/core/validators";

const path = fc
  .array(fc.string({ unit: "grapheme", minLength: 1 }), { minLength: 1, maxLength: 4 })
  .map((p) => p.join("/"));
const uid = fc.constant("abcdefghij").chain(() => fc.integer().map((n) => newUidFrom(n)));

/** Uids that look real, but are the same for the same seed. */
function newUidFrom(n: number): string {
  return sha256(String(n))
    .replaceAll(/[0189]/g, "z")
    .slice(0, 10);
}

describe("a derived name", () => {
  it("is valid for the kernel when it names a link: 1 to 15 bytes", () => {
    fc.assert(
      fc.property(uid, path, (uid, path) => {
        const name = linkName(uid, "Tap", path);
        assert.ok(Buffer.byteLength(name) <= 15);
        assert.equal(linkNameArg.safeParse(name).error, undefined, name);
      }),
    );
  });

  it("needs no quoting in a unit, a path or a shell", () => {
    fc.assert(
      fc.property(uid, path, (uid, path) => assert.match(objectName(uid, "Disk", path), /^[a-z0-9][a-z0-9-]{0,32}$/)),
    );
  });

  it("is the same for the same owner and resource, and differs for others", () => {
    const all = ["aaaaaaaaaa", "bbbbbbbbbb"].flatMap((uid) =>
      ["Tap", "Bridge"].flatMap((kind) =>
        ["a/deb1", "b/deb1", "deb1"].flatMap((path) => [linkName(uid, kind, path), objectName(uid, kind, path)]),
      ),
    );
    assert.equal(new Set(all).size, all.length);
    assert.equal(linkName("aaaaaaaaaa", "Tap", "a/deb1"), linkName("aaaaaaaaaa", "Tap", "a/deb1"));
  });

  it("differs when the same letters are divided differently into owner, kind and path", () => {
    assert.notEqual(linkName("u", "Tap", "x"), linkName("u", "Ta", "px"));
    assert.notEqual(macAddress("u", "Tap", "x"), macAddress("uT", "ap", "x"));
  });

  it("begins with the end of the path, so that a person recognizes it", () => {
    assert.match(linkName("aaaaaaaaaa", "Tap", "lab/Web Server 1"), /^web-serv-[a-z2-7]{6}$/);
    assert.match(linkName("aaaaaaaaaa", "Tap", "実験"), /^kvm-[a-z2-7]{6}$/);
    assert.match(objectName("aaaaaaaaaa", "Disk", "lab/deb1"), /^lab-deb1-[a-z2-7]{8}$/);
  });

  it("never changes, because states hold it", () => {
    assert.equal(linkName("abcdefghij", "Tap", "lab/deb1"), "deb1-afaprg");
    assert.equal(objectName("abcdefghij", "Disk", "lab/deb1"), "lab-deb1-vjxfjuam");
    assert.equal(macAddress("abcdefghij", "Bridge", "lab/lan"), "3a:06:3b:5a:89:86");
  });
});

describe("a derived MAC address", () => {
  it("is unicast and locally administered, so that it never belongs to a vendor", () => {
    fc.assert(
      fc.property(uid, path, (uid, path) => {
        const mac = macAddress(uid, "Bridge", path);
        assert.equal(macArg.safeParse(mac).error, undefined, mac);
        assert.match(mac, /^.[26ae]:/);
      }),
    );
  });
});

describe("an owner's uid", () => {
  it("has ten letters that fit into a mark, and differs each time", () => {
    const all = Array.from({ length: 1000 }, newUid);
    assert.equal(new Set(all).size, 1000);
    for (const one of all) assert.match(one, /^[a-z2-7]{10}$/);
  });
});
