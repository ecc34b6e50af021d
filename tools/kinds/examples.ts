import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** A piece of a program that makes a resource of a kind. */
export interface Example {
  code: string;
  /** The file in examples/ that it is a part of. */
  from?: string;
}

/** The example in the kind's own comment, or else the first statement in examples/ that makes one. */
export function exampleOf(checkout: string, kind: string, own: string | undefined): Example | undefined {
  if (own) return { code: own.replaceAll(/^```\w*\n|```$/g, "").trim() };
  for (const from of globSync("examples/*/index.ts", { cwd: checkout }).sort()) {
    const text = readFileSync(join(checkout, from), "utf8");
    const { statements } = ts.createSourceFile(from, text, ts.ScriptTarget.ES2023, true);
    const code = statements.map((one) => one.getText()).find((one) => one.includes(`new kvm.${kind}(`));
    if (code) return { code, from };
  }
  return undefined;
}
