/**
 * The part of a script that a shell takes for syntax: without single-quoted texts and comments. Quoted texts that are
 * scripts themselves (a boot script, the start script of a guest) come as scripts of their own.
 */
export function outsideQuotes(script: string): { outside: string; inner: string[] } {
  const inner: string[] = [];
  const open: ("(" | '"')[] = [];
  let outside = "";
  let quoted = "";
  const endOfWord = () => {
    if (/^(#!\/bin\/sh|set -eu)/.test(quoted)) inner.push(quoted);
    quoted = "";
  };
  for (let i = 0; i < script.length; i++) {
    const [c = "", next = ""] = [script[i], script[i + 1]];
    const inDouble = open.at(-1) === '"';
    if (c === "\\") {
      quoted += next;
      i++;
    } else if (c === "'" && !inDouble) {
      const end = script.indexOf("'", i + 1);
      quoted += script.slice(i + 1, end);
      i = end < 0 ? script.length : end;
    } else {
      endOfWord();
      if (c === "#" && !inDouble && /^$|[\s;(]/.test(script[i - 1] ?? "")) {
        i = script.indexOf("\n", i) < 0 ? script.length : script.indexOf("\n", i);
      } else if (c === '"') {
        if (inDouble) open.pop();
        else open.push('"');
      } else if (c === "(" && (!inDouble || script[i - 1] === "$")) open.push("(");
      else if (c === ")" && open.at(-1) === "(") open.pop();
      outside += script[i] ?? "";
    }
  }
  endOfWord();
  return { outside, inner };
}
