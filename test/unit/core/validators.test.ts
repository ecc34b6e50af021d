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
  it("says what an interface name is", () => {
    takes(linkNameArg, "br0", "eth0.10", "a".repeat(15), "A_b-c.9");
    assert.equal(
      complaint(linkNameArg, "this-is-a-long-name"),
      '"this-is-a-long-name" has 19 bytes; an interface name has at most 15',
    );
    assert.equal(complaint(linkNameArg, "ééééééééé"), '"ééééééééé" has 18 bytes; an interface name has at most 15');
    for (const name of ["", ".", "..", "a/b", "a b", "-x", "a:b", "a\n", "é"]) {
      assert.equal(
        complaint(linkNameArg, name),
        `"${name}" is no interface name; letters, digits, ".", "_" and "-" make one`,
      );
    }
  });

  it("says what an address with a prefix length is", () => {
    takes(cidrArg, "192.168.50.1/24", "fd99::1/64");
    assert.equal(
      complaint(cidrArg, "192.168.50.300/24"),
      '"192.168.50.300/24" is no address with a prefix length; 192.168.50.1/24 is one',
    );
    assert.ok(complaint(cidrArg, "192.168.50.1"));
  });

  it("says what an address is", () => {
    takes(addressArg, "192.168.50.1", "::1");
    assert.equal(complaint(addressArg, "192.168.50"), '"192.168.50" is no IPv4 or IPv6 address');
  });

  it("says what an MTU is", () => {
    takes(mtuArg, 68, 1500, 65521);
    for (const mtu of [20, 67, 65522, 0, -1])
      assert.equal(complaint(mtuArg, mtu), `${mtu} is no MTU; it is 68 to 65521 bytes`);
    assert.ok(complaint(mtuArg, 1500.5));
    assert.ok(complaint(mtuArg, "1500"));
  });

  it("says what a MAC address is", () => {
    takes(macArg, "52:54:00:12:34:56", "de:ad:be:ef:00:02");
    assert.equal(
      complaint(macArg, "52:54:00:12:34"),
      '"52:54:00:12:34" is no MAC address in lower case; 52:54:00:12:34:56 is one',
    );
    assert.ok(complaint(macArg, "52:54:00:12:34:5G"));
    assert.ok(complaint(macArg, "52:54:00:AB:34:56"), "upper case would differ from what ip prints");
    assert.equal(
      complaint(macArg, "01:00:5e:00:00:01"),
      '"01:00:5e:00:00:01" is a group address; the first byte of a NIC\'s address is even',
    );
  });

  it("says what a port is", () => {
    takes(portArg, 1, 65535);
    for (const port of [0, 65536]) assert.equal(complaint(portArg, port), `${port} is no port; it is 1 to 65535`);
  });

  it("says what the name of a guest is", () => {
    takes(guestNameArg, "deb1", "a".repeat(63));
    for (const name of ["", "-a", "a b", "a/b", "a".repeat(64), "a%i", "a,b", "a\n"])
      assert.match(complaint(guestNameArg, name) ?? "", /is no name for a guest/);
  });
});
