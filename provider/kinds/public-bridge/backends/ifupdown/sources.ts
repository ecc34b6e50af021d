import { globMatches } from "../../formats/glob";
import { isSource, isSourceDirectory, parseInterfaces } from "../../formats/interfaces";
import type { ConfigFiles } from "../../nic-config.fact";

/** The files that ifupdown reads, in its order; one that nothing names is none of them. */
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

/** Names with a dot are none, so that what an editor or dpkg leaves behind is not read. */
function filesBelow(files: ConfigFiles, pattern: string): string[] {
  return pathsLike(files, `${pattern.replace(/\/+$/, "")}/*`).filter((path) => /\/[A-Za-z0-9_-]+$/.test(path));
}

/** As the shell takes a pattern: a star crosses no slash and is no first dot. */
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
