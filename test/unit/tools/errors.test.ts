import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { coded, errors, together } from "../../../provider/core/problem";
import { checkout } from "../../../tools/checkout";
import { allEntries } from "../../../tools/docs/errors";

/** Users search for a code, and docs/errors.md answers. */
describe("the codes of errors and warnings", () => {
  const entries = allEntries(checkout).map(({ entry }) => entry);
  const codes = entries.map(({ code }) => String(code));

  it("are unique, and each lies in the range of its domain", () => {
    assert.ok(entries.length > 100);
    assert.deepEqual(
      codes.filter((code, i) => codes.indexOf(code) !== i),
      [],
    );
    const domains = new Map(entries.map(({ range, domain }) => [range, domain]));
    for (const { code, range, domain, severity } of entries) {
      assert.match(code, new RegExp(`^${range}\\d\\d$`));
      assert.equal(domains.get(range), domain, `${range} belongs to one domain`);
      assert.equal(Number(code.slice(-2)) >= 50 ? "warning" : "error", severity, code);
    }
  });

  it("have a title, a cause and a remedy in plain English", () => {
    const unclear = /\bis no\b|\bsomebody\b|\bnobody\b|\bwhat is\b|\bof ours\b|\ball the same\b|\bin vain\b/i;
    for (const { code, title, cause, remedy } of entries) {
      assert.match(title, /^[A-Z/a-z].*[^.]$/, code);
      for (const text of [cause, remedy]) assert.match(text, /^[A-Za-z`/~].{15,}[.`]$/s, `${code}: ${text}`);
      assert.doesNotMatch(`${title} ${cause} ${remedy}`, unclear, code);
    }
  });

  it("are each asserted by a test that provokes the error", () => {
    const tests = globSync("test/{unit,contract}/**/*.test.ts", { cwd: checkout });
    const asserted = tests.flatMap((path) => codesAssertedIn(join(checkout, path)));
    const plans = globSync("test/fixtures/plans/*/*.json", { cwd: checkout });
    const planned = plans.flatMap((path) => readFileSync(join(checkout, path), "utf8").match(/KVM\d{4}/g) ?? []);
    const known = new Set([...asserted, ...planned]);
    assert.deepEqual(
      codes.filter((code) => !known.has(code)),
      [],
      "write a test that provokes it and looks at the code",
    );
  });
});

/** The codes in the texts and patterns of a test file. A comment does not count. */
function codesAssertedIn(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isText =
      ts.isStringLiteralLike(node) || ts.isRegularExpressionLiteral(node) || ts.isTemplateLiteralToken(node);
    if (isText) found.push(...(node.text.match(/KVM\d{4}/g) ?? []));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

describe("a problem in text", () => {
  const { first, second } = errors("Toys", "KVM00", {
    first: { code: "KVM0001", title: "t", cause: "c", remedy: "r" },
    second: { code: "KVM0002", title: "t", cause: "c", remedy: "r" },
  });

  it("has its code once, at the end of the first line", () => {
    const text = coded(first("it failed. Its log:\nline"));
    assert.equal(text, `it failed. Its log: [${first.code}]\nline`);
    assert.equal(coded({ code: first.code, text }), text);
    assert.equal(coded(first("$& $1")), `$& $1 [${first.code}]`);
    assert.equal(coded(first("a\u2028b\r\nc")), `a\u2028b [${first.code}]\r\nc`);
  });

  it("has each code once when there are several problems", () => {
    const all = together([first("a"), second("b"), first("c")]);
    assert.equal(coded(all), `a; c [${first.code}]; b [${second.code}]`);
    assert.equal(coded(together([first("a"), first("b")])), `a; b [${first.code}]`);
  });
});
