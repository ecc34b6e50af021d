import assert from "node:assert/strict";
import fc from "fast-check";
import { isPrintable, printable, printableLine } from "../../../provider/core/printable";
import { computesWithin } from "../../elapsed";
import { hostileText } from "../support/hostile";

describe("text for the operator's terminal", () => {
  it("does not contain complete sequences for colours, titles and cursor movements", () => {
    assert.equal(printable("\u001b]0;PWNED\u0007\u001b[2J\u001b[31mERROR\u001b[0m failed"), "ERROR failed");
    assert.equal(printable("\u009d0;PWNED\u009cback\u009b2J"), "back");
    assert.equal(printable("\u001bP1$r\u001b\\a\u001b(Bb"), "ab");
  });

  it("shows an incomplete sequence and all text after it", () => {
    assert.equal(printable("\u001b]0;no end\nand more"), "\ufffd]0;no end\nand more");
    assert.equal(printable("\u001bc"), "\ufffdc");
    assert.equal(printable("a\u202etxt.exe"), "a\ufffdtxt.exe");
  });

  it("keeps lines, tabs and the letters of all languages", () => {
    const text = "Zeile\n\teins – zwei, 三, مرحبا, naïve, 👩‍🔧";
    assert.equal(printable(text), text);
    assert.equal(printable("one\r\ntwo\rthree"), "one\ntwo\nthree");
  });

  it("has no control character for any input, and does not change when it is converted again", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const shown = printable(text);
        assert.ok(isPrintable(shown.replaceAll(/[\n\t]/g, "")), JSON.stringify(shown));
        assert.equal(printable(shown), shown);
        assert.ok(isPrintable(printableLine(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it("is made in time proportional to its length", () => {
    computesWithin(5, () => {
      for (const piece of ["\u001b]", "\u001b[0", "\u009da", "\u001b ", "\u001b[ 0"]) printable(piece.repeat(500_000));
    });
  });
});
