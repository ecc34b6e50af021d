import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../tools/checkout";

/** The code blocks of a page in one language, in their order. */
function codeBlocks(page: string, language: string): string[] {
  const text = readFileSync(join(checkout, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, code = ""]) =>
    found === language ? [code] : [],
  );
}

/** The only code block of a page that contains a text. */
export function codeBlock(page: string, language: string, containing: string): string {
  const found = codeBlocks(page, language).filter((code) => code.includes(containing));
  if (found.length === 1) return found[0] as string;
  throw new Error(`${page} has ${found.length} blocks in ${language} with ${containing}`);
}
