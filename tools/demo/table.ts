import { stripVTControlCharacters } from "node:util";

/** Each column is as wide as its widest cell. */
export function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => stripVTControlCharacters(cell)));
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  const line = (row: string[]) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd();
  const [first = [], ...others] = all;
  return [line(first), line(widths.map((width) => "─".repeat(width))), ...others.map(line)].join("\n");
}
