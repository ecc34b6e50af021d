import assert from "node:assert/strict";
import fc from "fast-check";
import type { Wanted } from "../../../provider/core/kind";
import { foreign, isMarkOf, mark, onlyOwnLink, stableMark } from "../../../provider/core/mark";
import { text } from "../../../provider/core/shell";
import { fakeMachine } from "../../fake/machine";
import { checked, tower } from "../support/given";

const want = checked<Wanted>("Tap", "lab/web");
const at = (path: string): Wanted => ({ ...want, path });
const anyPath = fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 });

describe("a mark", () => {
  it("names owner, path and stack", () => {
    assert.equal(mark(want), "pulumi-kvm:abcdefghij:lab/web net/dev");
    assert.equal(mark(at("lab/web server")), "pulumi-kvm:abcdefghij:lab/web%20server net/dev");
  });

  it("fits into the alias of a link for any path and any name of a stack", () => {
    fc.assert(
      fc.property(anyPath, fc.string({ maxLength: 300 }), (path, stack) => {
        assert.ok(Buffer.byteLength(mark({ ...at(path), host: { ...tower, stack } })) <= 255);
      }),
    );
  });

  it("matches its own resource and no other", () => {
    fc.assert(
      fc.property(anyPath, anyPath, (one, other) => {
        assert.equal(isMarkOf(at(one), mark(at(one))), true);
        assert.equal(isMarkOf(at(one), mark(at(other))), one === other);
      }),
    );
  });

  it("distinguishes long paths by their ends", () => {
    const deep = "実験室/".repeat(40);
    assert.equal(isMarkOf(at(`${deep}web1`), mark(at(`${deep}web2`))), false);
    assert.equal(isMarkOf(at(`${deep}web1`), mark(at(`${deep}web1`))), true);
  });

  it("still matches when the stack is renamed, and does not match another owner", () => {
    assert.equal(isMarkOf({ ...want, host: { ...tower, stack: "net/prod" } }, mark(want)), true);
    assert.equal(isMarkOf({ ...want, host: { ...tower, uid: "zzzzzzzzzz" } }, mark(want)), false);
    assert.equal(stableMark(mark(want)), "pulumi-kvm:abcdefghij:lab/web");
  });

  it("does not match any other text", () => {
    for (const alias of ["", "uplink", "pulumi-kvm:", "pulumi-kvm:abcdefghij", "x pulumi-kvm:abcdefghij:lab/web"])
      assert.equal(isMarkOf(want, alias), false, alias);
  });
});

describe("an object that already exists", () => {
  it("is allowed when it carries our mark, or with adopt: true", () => {
    assert.equal(foreign(want, "web", mark(want)), undefined);
    assert.equal(foreign({ ...want, adopt: true }, "web", ""), undefined);
  });

  it("is refused with the name of its owner and with a remedy", () => {
    const refusal = (alias: string) => foreign(want, "br0", alias)?.text;
    const help = "Choose another name, or set adopt: true to take it over";
    assert.equal(
      refusal(""),
      `br0 exists and belongs to another program (it does not have a mark of pulumi-kvm). ${help}`,
    );
    assert.equal(refusal(mark(at("lab/Büro"))), `br0 exists and belongs to lab/Büro of this stack. ${help}`);
    const other = { ...want, host: { ...tower, uid: "zzzzzzzzzz", stack: "anna/dev" } };
    assert.equal(refusal(mark(other)), `br0 exists and belongs to lab/web of anna/dev (owner zzzzzzzzzz). ${help}`);
  });

  it("is refused when its mark cannot be read", () => {
    for (const alias of ["pulumi-kvm:abc:%", "pulumi-kvm:abc:%E5%AE", "pulumi-kvm:abc:"]) {
      const problem = foreign(want, "br0", alias);
      assert.equal(problem?.code, "KVM3201");
      assert.match(problem.text, /^br0 exists and belongs to/);
    }
  });
});

describe("the ownership check under the host's lock", () => {
  it("allows only a link with our mark", async () => {
    const machine = fakeMachine();
    await machine.run("ip tuntap add dev web mode tap user 1");
    const look = async (alias: string, wish: Wanted) => {
      await machine.run(`ip link set dev web alias '${alias}'`);
      return machine.run(`set -eu\n${text(onlyOwnLink(wish, "web"))}`);
    };
    assert.equal((await look(mark(want), want)).code, 0);
    assert.equal((await look(mark(want), { ...want, host: { ...tower, stack: "net/prod" } })).code, 0);
    for (const alias of ["uplink", mark(at("lab/web2")), `${stableMark(mark(want))}2`]) {
      const { code, stderr } = await look(alias, want);
      assert.deepEqual([code, stderr], [1, "web exists and is not ours\n"], alias);
      assert.equal((await look(alias, { ...want, adopt: true } as Wanted)).code, 0);
    }
    machine.remove();
  });
});
