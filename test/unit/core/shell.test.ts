import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { isSh, lines, quote, type Sh, sh, text, trusted } from "../../../provider/core/shell";

/** Runs a command in a real shell. */
function output(command: Sh): string {
  const { stdout, status, stderr } = spawnSync("/bin/sh", ["-s"], { input: text(command), encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

const argument = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", ""));

describe("sh`…`", () => {
  it("passes any argument to a command unchanged", () => {
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 20 }), (values) => {
        assert.deepEqual(output(sh`printf '%s\\0' ${values}`).split("\0").slice(0, -1), values);
      }),
      { numRuns: 150 },
    );
  });

  it("passes every ASCII character, alone and between letters", () => {
    const all = Array.from({ length: 127 }, (_, i) => String.fromCharCode(i + 1));
    const values = [...all, ...all.map((c) => `a${c}b`), ""];
    assert.deepEqual(output(sh`printf '%s\\0' ${values}`).split("\0").slice(0, -1), values);
  });

  it("leaves plain words unquoted, so that a script stays readable", () => {
    for (const word of ["eth0", "192.168.50.1/24", "fe80::1", "a=b", "user@host", "+x,y%z_-"])
      assert.equal(quote(word), word);
    for (const word of ["", "a b", "$x", "~", "*", "!", "#", "{a}", "é", "a\n", "a\nb"])
      assert.equal(quote(word)[0], "'");
  });

  it("quotes a value that looks like syntax, at any position", () => {
    const evil = "'; echo hit; '";
    assert.equal(output(sh`echo ${evil} x${evil}y`), `${evil} x${evil}y\n`);
    assert.equal(output(sh`echo $(printf %s ${evil})`), `${evil}\n`);
  });

  it("turns an array into words, and an empty array into nothing", () => {
    assert.equal(text(sh`ip ${["link", "a b", 3, ["x", sh`$y`]]} end`), "ip link 'a b' 3 x $y end");
    assert.equal(text(sh`a ${[]}b`), "a b");
  });

  it("inserts other sh`…` unchanged, at any depth", () => {
    const inner = sh`echo ${"a b"}`;
    assert.equal(output(sh`x=$(${sh`${inner} | cat`}); echo "$x"`), "a b\n");
  });

  it("accepts only finite numbers", () => {
    assert.equal(text(sh`sleep ${0.5} ${-1}`), "sleep 0.5 -1");
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      assert.throws(() => sh`sleep ${value}`, /is not a finite number/);
  });

  it("refuses NUL, because no argument can hold it", () => {
    assert.throws(() => sh`echo ${"a\0b"}`, /NUL/);
  });

  it("refuses JSON that imitates a command", () => {
    const real = sh`true`;
    assert.ok(isSh(real));
    for (const fake of [JSON.parse(JSON.stringify(real)), { sh: "rm" }, { "Symbol(sh)": "rm" }, "true", null, [real]]) {
      assert.equal(isSh(fake), false);
    }
    assert.throws(() => sh`echo ${JSON.parse('{"brand":"; rm -rf /"}')}`);
  });

  it("removes the indentation that all its lines share, and no more", () => {
    const script = sh`
      if true; then
        echo ${"a\n      b"}
      fi`;
    assert.equal(text(script), "if true; then\n  echo 'a\n      b'\nfi");
    assert.equal(text(sh`one line  `), "one line  ");
  });

  it("uses the least indented line, also when that line begins with a value", () => {
    assert.equal(
      text(sh`
        ${"a"} x

          ${"b"} y
        ${sh`c`}`),
      "a x\n\n  b y\nc",
    );
  });
});

describe("lines", () => {
  it("joins commands line by line, and leaves out those that do not apply", () => {
    assert.equal(text(lines(sh`a`, false, undefined, sh`b`)), "a\nb");
    assert.equal(text(lines()), "");
  });

  it("accepts stored text only when it is marked as shell", () => {
    assert.equal(text(lines(trusted("a; b"))), "a; b");
  });
});
