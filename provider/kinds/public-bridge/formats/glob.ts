/** Matches a pattern of fnmatch(3), as in netplan, systemd and ifupdown: `*`, `?`, `[a-z]`, `[!a-z]`, `\*`. */
export function globMatches(pattern: string, name: string): boolean {
  // `reached` has all positions in the pattern that the characters so far can lead to. So the time for each character
  // is limited by the length of the pattern.
  const parts = partsOf(pattern);
  let reached = skipStars(parts, new Set([0]));
  for (const character of name) {
    const next = [...reached].flatMap((i) => {
      const part = parts[i];
      if (!part) return [];
      return part === "*" ? [i] : part(character) ? [i + 1] : [];
    });
    reached = skipStars(parts, new Set(next));
  }
  return reached.has(parts.length);
}

/** Whether the pattern may match more than one name. */
export function isGlob(pattern: string): boolean {
  return /[*?[\\]/.test(pattern);
}

type Part = "*" | ((character: string) => boolean);

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] as string;
    const end = character === "[" ? pattern.indexOf("]", i + (/^\[[!^]/.test(pattern.slice(i)) ? 3 : 2)) : -1;
    if (character === "*") parts.push("*");
    else if (character === "?") parts.push(() => true);
    else if (end > 0) {
      parts.push(bracket(pattern.slice(i + 1, end)));
      i = end;
    } else if (character === "\\" && i + 1 < pattern.length) parts.push(isOne(pattern[++i] as string));
    else parts.push(isOne(character));
  }
  return parts;
}

function isOne(wanted: string): Part {
  return (character) => character === wanted;
}

/** Matches one character against the text between `[` and `]`. */
function bracket(text: string): Part {
  const negated = /^[!^]/.test(text);
  const ranges = [...text.slice(negated ? 1 : 0).matchAll(/(.)-(.)|(.)/gsu)].map(([, from, to, one]) => [
    from ?? one ?? "",
    to ?? one ?? "",
  ]) as [string, string][];
  return (character) => ranges.some(([from, to]) => from <= character && character <= to) !== negated;
}

function skipStars(parts: readonly Part[], reached: Set<number>): Set<number> {
  for (const i of reached) if (parts[i] === "*") reached.add(i + 1);
  return reached;
}
