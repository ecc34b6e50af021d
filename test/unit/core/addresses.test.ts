import assert from "node:assert/strict";
import fc from "fast-check";
import {
  canonical,
  canonicalAddress,
  contains,
  familyOf,
  hostAt,
  linkLocal,
  networkOf,
  parseCidr,
} from "../../../provider/core/addresses";

const byte = fc.integer({ min: 0, max: 255 });
const v4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join("."));
const v6 = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map((words) => words.map((w) => w.toString(16)).join(":"));
const cidr4 = fc.tuple(v4, fc.integer({ min: 0, max: 32 })).map(([a, p]) => `${a}/${p}`);
const cidr6 = fc.tuple(v6, fc.integer({ min: 0, max: 128 })).map(([a, p]) => `${a}/${p}`);
const cidr = fc.oneof(cidr4, cidr6);

describe("familyOf and parseCidr", () => {
  it("tell the family of an address", () => {
    fc.assert(fc.property(v4, (a) => assert.equal(familyOf(a), 4)));
    fc.assert(fc.property(v6, (a) => assert.equal(familyOf(a), 6)));
  });

  it("refuse a text that only looks like an address", () => {
    for (const text of [
      "",
      "10.1",
      "010.0.0.1",
      "0x7f.0.0.1",
      "256.1.1.1",
      "1.2.3.4.5",
      "1::2::3",
      "g::1",
      "1.2.3.4/24",
      "localhost",
      " 1.2.3.4",
    ]) {
      assert.equal(familyOf(text), undefined, text);
    }
  });

  it("parse an address with a prefix length, and nothing else", () => {
    assert.deepEqual(parseCidr("192.168.50.1/24"), { address: "192.168.50.1", prefix: 24, family: 4 });
    assert.deepEqual(parseCidr("FD99:0:0::0001/64"), { address: "fd99::1", prefix: 64, family: 6 });
    for (const text of [
      "192.168.50.1",
      "192.168.50.1/33",
      "fd99::1/129",
      "10.1/8",
      "1.2.3.4/",
      "fe80::1%eth0/64",
      "x/24",
      "1.2.3.4/-1",
      "1.2.3.4/024/1",
    ]) {
      assert.equal(parseCidr(text), undefined, text);
    }
  });

  it("agree on one canonical form, which is a fixed point", () => {
    fc.assert(fc.property(cidr, (c) => assert.equal(canonical(canonical(c)), canonical(c))));
    assert.equal(canonical("fd99:0:0:0:0:0:0:1/64"), "fd99::1/64");
    assert.equal(canonicalAddress("FE80:0::1"), "fe80::1");
    assert.equal(canonical("no address"), "no address");
  });
});

describe("a network", () => {
  it("contains its own addresses and itself", () => {
    fc.assert(
      fc.property(cidr, (c) => {
        const [address = ""] = c.split("/");
        assert.ok(contains(c, address));
        assert.ok(contains(networkOf(c), address));
        assert.equal(networkOf(networkOf(c)), networkOf(c));
      }),
    );
  });

  it("does not contain its neighbours or an address of the other family", () => {
    assert.ok(contains("192.168.50.0/24", "192.168.50.255"));
    assert.equal(contains("192.168.50.0/24", "192.168.51.0"), false);
    assert.equal(contains("192.168.50.0/24", "192.168.49.255"), false);
    assert.equal(contains("0.0.0.0/0", "::1"), false);
    assert.equal(contains("::/0", "1.2.3.4"), false);
    assert.equal(contains("fd99::/64", "fd99:0:0:1::1"), false);
    assert.equal(contains("nonsense", "1.2.3.4"), false);
  });

  it("is an address with its host bits cleared", () => {
    assert.equal(networkOf("192.168.50.77/24"), "192.168.50.0/24");
    assert.equal(networkOf("192.168.50.77/28"), "192.168.50.64/28");
    assert.equal(networkOf("fd99:1:2:3:4::5/64"), "fd99:1:2:3::/64");
    assert.equal(networkOf("10.1.2.3/0"), "0.0.0.0/0");
  });

  it("counts its addresses from its first one", () => {
    assert.equal(hostAt("192.168.50.0/24", 1), "192.168.50.1/24");
    assert.equal(hostAt("192.168.50.77/24", 10), "192.168.50.10/24");
    assert.equal(hostAt("10.0.0.0/8", 65_536 + 258), "10.1.1.2/8");
    assert.equal(hostAt("10.255.255.0/16", 256), "10.255.1.0/16");
    assert.equal(hostAt("fd99::/64", 0x1_0001), "fd99::1:1/64");
    assert.equal(hostAt("fd99::/64", 2 ** 40), "fd99::100:0:0/64");
  });

  it("gives each number a different address inside it", () => {
    const within = fc
      .tuple(v4, fc.integer({ min: 8, max: 30 }))
      .chain(([a, p]) => fc.tuple(fc.constant(`${a}/${p}`), fc.nat(2 ** (32 - p) - 1)));
    fc.assert(
      fc.property(within, ([network, n]) => {
        const [address = ""] = hostAt(network, n).split("/");
        assert.ok(contains(network, address));
        const value = (a: string) => a.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
        assert.equal(value(address) - value(networkOf(network).split("/")[0] ?? ""), n);
      }),
    );
  });

  it("gives an address outside of the network for a number that is too large, so that a caller notices", () => {
    assert.equal(hostAt("192.168.50.0/24", 255), "192.168.50.255/24");
    assert.equal(hostAt("192.168.50.0/24", 256), "192.168.51.0/24");
    assert.equal(contains("192.168.50.0/24", "192.168.51.0"), false);
  });
});

describe("the link-local address of a MAC", () => {
  it("follows RFC 4291, appendix A", () => {
    assert.equal(linkLocal("34:56:78:9a:bc:de"), "fe80::3656:78ff:fe9a:bcde");
    assert.equal(linkLocal("02:00:00:00:00:01"), "fe80::ff:fe00:1");
    assert.equal(linkLocal("de:ad:be:ef:00:02"), "fe80::dcad:beff:feef:2");
  });
});
