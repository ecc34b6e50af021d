/** The last value of a key in a file of shell assignments (/etc/sysconfig): KEY=value, KEY="value" or KEY='value'. */
export function valueIn(content: string, key: string): string | undefined {
  const line = content.split("\n").findLast((one) => keyOf(one) === key);
  return line
    ?.slice(line.indexOf("=") + 1)
    .trim()
    .replace(/^(["'])(.*)\1(\s+#.*)?$/, "$2");
}

/** A line that is not a comment. The key is empty when a shell would do more with the line than assign a text. */
export interface Assignment {
  line: number;
  text: string;
  key: string;
  value: string;
}

export function assignmentsIn(content: string): Assignment[] {
  const plain = /^\s*([A-Za-z_][A-Za-z0-9_]*)=("[^"$`\\]*"|'[^']*'|[^\s"'$`\\;&|<>()#]*)\s*(#.*)?$/;
  return content.split("\n").flatMap((text, i) => {
    if (/^\s*(#|$)/.test(text)) return [];
    const [, key = "", value = ""] = plain.exec(text) ?? [];
    return [{ line: i + 1, text, key, value: value.replaceAll(/^["']|["']$/g, "") }];
  });
}

/** Replaces all lines whose key matches by new assignments at the end. Comments stay. */
export function replacing(content: string, keys: RegExp, values: Readonly<Record<string, string | undefined>>): string {
  const kept = content.split("\n").filter((line) => !keys.test(keyOf(line)));
  while (kept.at(-1)?.trim() === "") kept.pop();
  const added = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${[...kept, ...added.map(([key, value]) => `${key}='${value}'`)].join("\n")}\n`;
}

function keyOf(line: string): string {
  return /^\s*([A-Za-z_][A-Za-z0-9_]*)=/.exec(line)?.[1] ?? "";
}
