import assert from "node:assert/strict";
import fc from "fast-check";
import type { HostRef } from "../../../provider/core/host-ref";
import { unknownValue } from "../../../provider/core/unknown";
import { kindOf } from "../../../provider/kinds";
import { difference } from "../../../provider/lifecycle/diff";
import { checked, type Given, tower } from "../support/given";

const olds = checked("Tap", "lab/web", { bridge: "br0", mtu: 1400 });

function diff(news: Given, old: Given = olds, kind = "Tap") {
  return difference(
    kindOf(kind),
    { ...old, __provider: "old text", macAddress: "an output" },
    { ...news, __provider: "new text" },
  );
}

/** The same value with the keys of every object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

describe("diff", () => {
  it("finds no change between equal arguments, for any provider text and any outputs", () => {
    assert.deepEqual(diff({ ...olds }), { changes: false, replaces: [], deleteBeforeReplace: true });
  });

  it("ignores the order of keys, but not of lists", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(diff({ ...olds, bridge: reversed(value) } as Given, { ...olds, bridge: value }).changes, false);
      }),
    );
    const bridge = (addresses: string[]) => checked("Bridge", "lan", { addresses });
    const [one, other] = [bridge(["10.0.0.1/8", "fd99::1/64"]), bridge(["fd99::1/64", "10.0.0.1/8"])];
    assert.equal(diff(other, one, "Bridge").changes, true);
  });

  it("updates for a live argument, and replaces for others", () => {
    assert.deepEqual(diff({ ...olds, mtu: 1500, bridge: "br1" }), {
      changes: true,
      replaces: [],
      deleteBeforeReplace: true,
    });
    assert.deepEqual(diff({ ...olds, user: "root", name: "web1" }).replaces, ["name", "user"]);
  });

  it("finds a removed argument of any type", () => {
    for (const [key, value] of Object.entries({ mtu: 1400, bridge: "br0", adopt: true })) {
      const { [key]: _gone, ...rest }: Given = { ...olds };
      assert.equal(diff(rest, { ...olds, [key]: value }).changes, true, key);
    }
  });

  it("finds an argument that exists only on the host", () => {
    const { bridge: _none, ...without }: Given = olds;
    assert.equal(diff(without, olds).changes, true);
  });

  it("shows a change but no replacement for an unknown value", () => {
    for (const key of ["name", "user", "bridge", "host"]) {
      assert.deepEqual(
        diff({ ...olds, [key]: unknownValue }),
        { changes: true, replaces: [], deleteBeforeReplace: true },
        key,
      );
    }
    assert.deepEqual(diff({ ...olds, host: { ...tower, uid: unknownValue } }).replaces, []);
  });

  it("updates when the address, user, port, pin or stack name of the host changes", () => {
    const moved: Partial<HostRef>[] = [
      { address: "192.0.2.1" },
      { user: "lab" },
      { port: 2222 },
      { hostKey: "SHA256:x" },
      { stack: "net/prod" },
    ];
    for (const change of moved) {
      assert.deepEqual(diff({ ...olds, host: { ...tower, ...change } }), {
        changes: true,
        replaces: [],
        deleteBeforeReplace: true,
      });
    }
  });

  it("replaces for another owner, and inside a guest for another disk", () => {
    assert.deepEqual(diff({ ...olds, host: { ...tower, uid: "zzzzzzzzzz" } }).replaces, ["host"]);
    const inside = (disk: string, address = "a") => ({
      ...olds,
      host: { ...tower, carrier: { host: { ...tower, address }, guest: "deb1", disk } },
    });
    assert.deepEqual(diff(inside("disk-2"), inside("disk-1")).replaces, ["host"]);
    assert.deepEqual(diff(inside("disk-1", "b"), inside("disk-1", "a")).replaces, []);
  });

  it("ignores an unknown address and host key of a guest, unless its disk may be another", () => {
    const carrier = { host: tower, guest: "deb1", disk: "disk-1" };
    const inside = (host: Partial<HostRef>) => ({ ...olds, host: { ...tower, carrier, ...host } });
    const old = inside({ address: "fe80::1%br0", hostKey: "SHA256:x" });
    const learnt = { address: unknownValue, hostKey: unknownValue };
    assert.equal(diff(inside(learnt), old).changes, false);
    assert.equal(diff(inside({ ...learnt, user: "root" }), inside({ ...learnt, user: "lab" })).changes, true);
    assert.equal(diff(inside({ ...learnt, carrier: { ...carrier, disk: unknownValue } }), old).changes, true);
    assert.equal(diff({ ...olds, host: { ...tower, ...learnt } }).changes, true, "a host that is no guest");
  });

  it("deletes first when the replacement needs the same name, and last when the object holds data", () => {
    assert.equal(diff(checked("Disk", "web"), checked("Disk", "web"), "Disk").deleteBeforeReplace, false);
    assert.equal(diff({ ...olds }).deleteBeforeReplace, true);
  });
});
