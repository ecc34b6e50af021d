import assert from "node:assert/strict";
import fc from "fast-check";
import { isPrintable } from "../../../../provider/core/printable";
import { readiness } from "../../../../provider/kinds/guest/readiness.fact";

describe("the console output of a guest", () => {
  const { parse } = readiness({ name: "web" });

  it("has no control character for any output of the guest", () => {
    const steering = fc.constantFrom(
      "\u001b]0;",
      "\u001b[2J",
      "\u009b31m",
      "\u0007",
      "\u001b\\",
      "\u202e",
      "\u0085",
      "\r",
    );
    const line = fc.array(fc.oneof(steering, fc.string({ unit: "binary" }), fc.string()), { maxLength: 8 });
    fc.assert(
      fc.property(line, (parts) => {
        const ready = parse(`failure=${parts.join("")}\nconsole=${parts.join("")}`);
        for (const text of [...ready.failures, ...ready.console]) assert.ok(isPrintable(text), JSON.stringify(text));
      }),
    );
  });

  it("stays readable without its control sequences", () => {
    const shown = (line: string) => parse(`console=${line}`).console[0];
    assert.equal(shown("cloud-init[1]: \u001b]0;PWNED\u0007\u001b[2J ERROR failed"), "cloud-init[1]:  ERROR failed");
    assert.equal(shown("\u001b[01;32mroot@web\u001b[0m:~# grün\r"), "root@web:~# grün");
    assert.equal(shown("10 %\r20 %\tof\u009b31m it"), "10 % 20 % of it");
  });
});
