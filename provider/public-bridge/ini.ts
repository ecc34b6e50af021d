/** Files of sections with keys, as systemd (systemd.syntax(7)) and NetworkManager write them; comments are kept. */
export interface Section {
  /** Empty for what stands before the first one. */
  name: string;
  lines: readonly string[];
}

export function parseIni(content: string): Section[] {
  const sections: { name: string; lines: string[] }[] = [{ name: "", lines: [] }];
  for (const line of joined(content)) {
    const name = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (name !== undefined) sections.push({ name, lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections.map(({ name, lines }) => ({ name, lines: trimmed(lines) }));
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

/** The section without what its keys say. */
export function withoutKeys({ name, lines }: Section, keys: readonly string[]): Section {
  return { name, lines: lines.filter((line) => !keys.includes(keyOf(line))) };
}

export function keyOf(line: string): string {
  return /^\s*([^#;=\s][^=]*?)\s*=/.exec(line)?.[1] ?? "";
}

function value(line: string, key: string): string[] {
  return keyOf(line) === key ? [line.slice(line.indexOf("=") + 1).trim()] : [];
}

/** A line that ends in a backslash goes on in the next. */
function joined(content: string): string[] {
  return content.replaceAll(/\\\n/g, " ").split("\n");
}

function trimmed(lines: string[]): string[] {
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return lines.slice(0, last + 1);
}
