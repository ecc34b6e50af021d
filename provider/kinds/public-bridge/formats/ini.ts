/** A section of a file with sections and keys, as in systemd (systemd.syntax(7)) and NetworkManager. Comments stay. */
export interface Section {
  /** Empty for the lines before the first section. */
  name: string;
  lines: readonly string[];
}

export function parseIni(content: string): Section[] {
  const sections: { name: string; lines: string[] }[] = [{ name: "", lines: [] }];
  for (const { text } of rowsOf(content)) {
    const name = sectionOf(text);
    if (name !== undefined) sections.push({ name, lines: [] });
    else sections.at(-1)?.lines.push(text);
  }
  return sections.map(({ name, lines }) => ({ name, lines: trimmed(lines) }));
}

/** A line that is not a comment, and its place. The key is empty when the line is not KEY=VALUE. */
export interface Entry {
  line: number;
  text: string;
  section: string;
  key: string;
  value: string;
}

export function entriesIn(content: string): Entry[] {
  let section = "";
  return rowsOf(content).flatMap(({ line, text }) => {
    section = sectionOf(text) ?? section;
    if (isComment(text) || sectionOf(text) !== undefined) return [];
    const key = keyOf(text);
    return [{ line, text, section, key, value: key === "" ? "" : text.slice(text.indexOf("=") + 1).trim() }];
  });
}

export function printIni(sections: readonly Section[]): string {
  const shown = sections.filter(({ name, lines }) => name !== "" || lines.length > 0);
  const text = shown.map(({ name, lines }) => [...(name ? [`[${name}]`] : []), ...lines].join("\n"));
  return `${text.join("\n\n")}\n`;
}

/** All values of a key, in their order. */
export function valuesOf(sections: readonly Section[], section: string, key: string): string[] {
  return sections
    .filter(({ name }) => name === section)
    .flatMap(({ lines }) => lines.flatMap((line) => value(line, key)));
}

/** The section without the lines of these keys. */
export function withoutKeys({ name, lines }: Section, keys: readonly string[]): Section {
  return { name, lines: lines.filter((line) => !keys.includes(keyOf(line))) };
}

export function keyOf(line: string): string {
  const key = line.includes("=") ? line.slice(0, line.indexOf("=")).trim() : "";
  return /^[#;]/.test(key) ? "" : key;
}

function value(line: string, key: string): string[] {
  return keyOf(line) === key ? [line.slice(line.indexOf("=") + 1).trim()] : [];
}

function sectionOf(text: string): string | undefined {
  return /^\s*\[([^\]]+)\]\s*$/.exec(text)?.[1];
}

/** A line that ends in a backslash continues in the next line that is not a comment. A comment never continues. */
function rowsOf(content: string): { line: number; text: string }[] {
  const rows = content.split("\n");
  const found: { line: number; text: string }[] = [];
  for (let i = 0; i < rows.length; i++) {
    const line = i + 1;
    let text = rows[i] ?? "";
    while (!isComment(text) && text.endsWith("\\") && i + 1 < rows.length) {
      const next = rows[++i] ?? "";
      if (!/^\s*[#;]/.test(next)) text = `${text.slice(0, -1)} ${next}`;
    }
    found.push({ line, text });
  }
  return found;
}

function isComment(text: string): boolean {
  return /^\s*($|[#;])/.test(text);
}

function trimmed(lines: string[]): string[] {
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return lines.slice(0, last + 1);
}
