/**
 * A parsed file of interfaces(5). Each line keeps its original text, so that lines of others are written back
 * unchanged.
 */
export interface Interfaces {
  lines: readonly Line[];
  stanzas: readonly Stanza[];
}

export interface Line {
  /** The number of its first row in the file, from 1. A line that ends in a backslash continues in the next row. */
  number: number;
  /** The original text, with all rows. */
  raw: string;
  /** The text, joined into one row. */
  text: string;
  words: readonly string[];
}

/** `iface eth0 inet static inherits base` or `mapping eth*`, with its options. */
export interface Stanza {
  head: Line;
  /** Empty for a mapping. */
  link: string;
  family: string;
  method: string;
  inherits?: string;
  /** Includes comments that are indented. */
  options: readonly Line[];
}

/** A keyword and names: `auto eth0 eth1`, `allow-hotplug eth0`, `no-auto-down eth0`. */
export function isList({ words }: Line): boolean {
  const [word = ""] = words;
  return ["auto", "no-auto-down", "no-scripts"].includes(word) || /^allow-./.test(word);
}

export function isSource({ words }: Line): boolean {
  return words[0] === "source" || isSourceDirectory(words[0]);
}

export function isSourceDirectory(word: string | undefined): boolean {
  return word?.startsWith("source-dir") === true;
}

export function isComment({ words }: Line): boolean {
  return words.length === 0 || words[0]?.startsWith("#") === true;
}

export function parseInterfaces(content: string): Interfaces {
  const lines = linesOf(content);
  const stanzas: (Stanza & { options: Line[] })[] = [];
  let open: Line[] | undefined;
  for (const line of lines) {
    const [word = ""] = line.words;
    if (word === "iface" || word === "mapping") {
      open = [];
      stanzas.push({ ...headOf(line), options: open });
    } else if (isList(line) || isSource(line) || word === "rename") open = undefined;
    else if (word !== "" && !line.raw.startsWith("#")) open?.push(line);
  }
  return { lines, stanzas };
}

/** The value of an option. Undefined when the stanza does not have it. */
export function optionOf({ options }: Pick<Stanza, "options">, key: string): string | undefined {
  return options
    .find(({ words }) => words[0] === key)
    ?.words.slice(1)
    .join(" ");
}

/** Makes a line that is not in any file yet. */
export function newLine(text: string): Line {
  return { number: 0, raw: text, text, words: wordsOf(text) };
}

function headOf(head: Line): Omit<Stanza, "options"> {
  const [word, link = "", ...rest] = head.words;
  if (word === "mapping") return { head, link: "", family: "", method: "" };
  const at = rest.indexOf("inherits");
  const [family = "", method = ""] = at < 0 ? rest : rest.slice(0, at);
  const inherits = at < 0 ? undefined : rest[at + 1];
  return { head, link, family, method, ...(inherits !== undefined && { inherits }) };
}

/** A comment ends with its row, even when the row ends in a backslash. */
function linesOf(content: string): Line[] {
  const rows = content.split("\n");
  const lines: Line[] = [];
  for (let i = 0; i < rows.length; i++) {
    const first = i;
    const isComment = rows[i]?.trimStart().startsWith("#");
    while (!isComment && rows[i]?.endsWith("\\") && i + 1 < rows.length) i++;
    const raw = rows.slice(first, i + 1).join("\n");
    // Joining rows neither merges two words nor splits one.
    const text = raw.replaceAll(/\\\n/g, (_end, i: number) => (/\s/.test(`${raw[i - 1]}${raw[i + 2]}`) ? " " : ""));
    lines.push({ number: first + 1, raw, text, words: wordsOf(text) });
  }
  return lines;
}

function wordsOf(text: string): string[] {
  return text.trim() === "" ? [] : text.trim().split(/\s+/);
}
