import assert from "node:assert/strict";
import type { ZodType } from "zod";
import {
  addressArg,
  cidrArg,
  guestNameArg,
  linkNameArg,
  macArg,
  mtuArg,
  portArg,
} from "../../../provider/core/validators";

function complaint(schema: ZodType, value: unknown): string | undefined {
  return schema
    .safeParse(value)
    .error?.issues.map((issue) => issue.message)
    .join("; ");
}

function takes(schema: ZodType, ...values: unknown[]): void {
  for (const value of values) assert.equal(complaint(schema, value), undefined, String(value));
}

describe("the error about an invalid argument", () => {
  it("describes a valid interface name", () => {
    takes(linkNameArg, "br0", "eth0.10", "a".repeat(15), "A_b-c.9");
    assert.equal(
      complaint(linkNameArg, "this-is-a-long-name"),
      '"this-is-a-long-name" is too long: an interface name has at most 15 bytes, and this one has 19',
    );
    assert.equal(
      complaint(linkNameArg, "ééééééééé"),
      '"ééééééééé" is too long: an interface name has at most 15 bytes, and this one has 18',
    );
    for (const name of ["", ".", "..", "a/b", "a b", "-x", "a:b", "a\n", "é"]) {
      assert.equal(
        complaint(linkNameArg, name),
        `invalid interface name "${name}": use letters, digits, ".", "_" and "-"`,
      );
    }
  });

  it("describes a valid address with a prefix length", () => {
    takes(cidrArg, "192.168.50.1/24", "fd99::1/64");
    assert.equal(
      complaint(cidrArg, "192.168.50.300/24"),
      'invalid address "192.168.50.300/24": must have a prefix length, such as 192.168.50.1/24',
    );
    assert.ok(complaint(cidrArg, "192.168.50.1"));
  });

  it("describes a valid address", () => {
    takes(addressArg, "192.168.50.1", "::1");
    assert.equal(complaint(addressArg, "192.168.50"), 'invalid IP address "192.168.50"');
  });

  it("describes a valid MTU", () => {
    takes(mtuArg, 68, 1500, 65521);
    for (const mtu of [20, 67, 65522, 0, -1])
      assert.equal(complaint(mtuArg, mtu), `invalid MTU ${mtu}: must be 68 to 65521 bytes`);
    assert.ok(complaint(mtuArg, 1500.5));
    assert.ok(complaint(mtuArg, "1500"));
  });

  it("describes a valid MAC address", () => {
    takes(macArg, "52:54:00:12:34:56", "de:ad:be:ef:00:02");
    assert.equal(
      complaint(macArg, "52:54:00:12:34"),
      'invalid MAC address "52:54:00:12:34": must be in lower case, such as 52:54:00:12:34:56',
    );
    assert.ok(complaint(macArg, "52:54:00:12:34:5G"));
    assert.ok(complaint(macArg, "52:54:00:AB:34:56"), "upper case would differ from what ip prints");
    assert.equal(
      complaint(macArg, "01:00:5e:00:00:01"),
      'invalid MAC address "01:00:5e:00:00:01": it is a multicast address. The first byte must be even',
    );
  });

  it("describes a valid port", () => {
    takes(portArg, 1, 65535);
    for (const port of [0, 65536]) assert.equal(complaint(portArg, port), `invalid port ${port}: must be 1 to 65535`);
  });

  it("describes a valid name of a guest", () => {
    takes(guestNameArg, "deb1", "a".repeat(63));
    for (const name of ["", "-a", "a b", "a/b", "a".repeat(64), "a%i", "a,b", "a\n"])
      assert.match(complaint(guestNameArg, name) ?? "", /^invalid name: use letters/);
  });
});
