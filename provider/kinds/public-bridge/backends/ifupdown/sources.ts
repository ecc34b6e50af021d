import { globMatches } from "../../formats/glob";
import { isSource, isSourceDirectory, parseInterfaces } from "../../formats/interfaces";
import type { ConfigFiles } from "../../nic-config";

/** The files that ifupdown reads, in its order. A file to which no `source` line leads is not among them. */
export function sourcesOf(files: ConfigFiles, path = "/etc/network/interfaces", known: string[] = []): string[] {
  const content = files[path]?.content;
  if (content === undefined || known.includes(path)) return known;
  const folder = path.slice(0, path.lastIndexOf("/"));
  const named = parseInterfaces(content)
    .lines.filter(isSource)
    .flatMap(({ words: [word, ...patterns] }) =>
      patterns.flatMap((pattern) => {
        const whole = pattern.startsWith("/") ? pattern : `${folder}/${pattern}`;
        return isSourceDirectory(word) ? filesBelow(files, whole) : pathsLike(files, whole);
      }),
    );
  return named.reduce((all, one) => sourcesOf(files, one, all), [...known, path]);
}

function pathsLike(files: ConfigFiles, pattern: string): string[] {
  return Object.keys(files)
    .filter((path) => isLike(path, pattern))
    .sort();
}

/** ifupdown ignores names with a dot, so it does not read what an editor or dpkg leaves behind. */
function filesBelow(files: ConfigFiles, pattern: string): string[] {
  return pathsLike(files, `${pattern.replace(/\/+$/, "")}/*`).filter((path) => /\/[A-Za-z0-9_-]+$/.test(path));
}

/** Matches as a shell does: a star matches neither a slash nor a leading dot. */
function isLike(path: string, pattern: string): boolean {
  const [parts, patterns] = [path, pattern].map((text) => text.split("/").filter((part) => part !== "")) as [
    string[],
    string[],
  ];
  return (
    parts.length === patterns.length &&
    patterns.every((one, i) => globMatches(one, parts[i] ?? "") && (one.startsWith(".") || !parts[i]?.startsWith(".")))
  );
}
