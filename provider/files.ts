import { lines, type Sh, sh } from "./shell";

/**
 * Puts a file in place at once: a reader sees the old one or the whole new one, never a part. By umask instead of
 * chmod, and without mkdir where the folder is there: a process more for each file is what a hundred taps wait for.
 */
export function writeFile(path: string, content: string, mode: 0o600 | 0o644): Sh {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const temporary = `${path}.new`;
  return lines(
    sh`[ -d ${folder} ] || mkdir -p ${folder}`,
    sh`( umask ${mode === 0o600 ? "077" : "022"}; printf %s ${content} >${temporary} )`,
    sh`mv -f ${temporary} ${path}`,
  );
}
