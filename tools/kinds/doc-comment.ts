/** A doc comment in the form of our sources: one line if it fits, else lines of at most 120 characters. */
export function docComment(
  text: string,
  tags: { default?: string | undefined; example?: string | undefined },
  indent = "",
): string {
  const fallback = tags.default === undefined ? [] : [`@default ${tags.default}`];
  const single = `${indent}/** ${[text, ...fallback].join(" ")} */`;
  if (single.length <= width && tags.example === undefined) return single;
  const example = tags.example === undefined ? [] : ["@example", ...tags.example.split("\n")];
  const room = width - indent.length - " * ".length;
  const lines = [...wrapped(text, room), ...fallback.flatMap((line) => wrapped(line, room)), ...example];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join("\n");
}

const width = 120;

function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
