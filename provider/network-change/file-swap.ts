// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh } from "../core/shell";

/**
 * Files that change together. Their rollback works on a full disk too. Before the change, the new content is written
 * beside the file, and the old file gets a second name. From then on, all steps are renames. Network managers ignore
 * names that begin with a dot.
 */
export interface Swap {
  path: string;
  /** The new state of the file: a text, a copy of a file on the host with all its attributes, or absent. */
  to: { content: string; mode: number } | { copyOf: string } | "absent";
}

/** Runs before the change. Fails when the files do not all fit on the disk. */
export function stageFiles(swaps: readonly Swap[]): Sh {
  const written = swaps.flatMap(({ path }) => [fresh(path), kept(path)]);
  return lines(...swaps.map(stage), sh`sync ${written} 2>/dev/null || :`);
}

export function swapFiles(swaps: readonly Swap[]): Sh {
  return lines(
    ...swaps.map(({ path, to }) => (to === "absent" ? sh`rm -f ${path}` : sh`mv -fT ${fresh(path)} ${path}`)),
  );
}

/** Removes `.d` folders that are empty after the change. */
export function tidyFolders(swaps: readonly Swap[]): Sh {
  const own = swaps.map(({ path }) => path.slice(0, path.lastIndexOf("/"))).filter((folder) => folder.endsWith(".d"));
  return own.length > 0 ? sh`rmdir ${[...new Set(own)]} 2>/dev/null || :` : sh`:`;
}

/** Works from any state between old and new, and any number of times. */
export function swapFilesBack(swaps: readonly Swap[]): Sh {
  return lines(
    ...swaps.map(
      ({ path }) => sh`
        if [ -e ${kept(path)} ]; then mv -fT ${kept(path)} ${path}; elif [ -e ${wasAbsent(path)} ]; then rm -f ${path}; fi`,
    ),
  );
}

export function unstageFiles(swaps: readonly Swap[]): Sh {
  const beside = swaps.flatMap(({ path }) => [fresh(path), kept(path), wasAbsent(path)]);
  return beside.length > 0 ? sh`rm -f ${beside}` : sh`:`;
}

function stage({ path, to }: Swap): Sh {
  const folder = path.slice(0, path.lastIndexOf("/"));
  return lines(
    sh`mkdir -p ${folder}`,
    sh`rm -f ${[fresh(path), kept(path), wasAbsent(path)]}`,
    // A hard link to the file itself. A copy would not have its times, and would not fit on a full disk.
    sh`if [ -e ${path} ]; then ln -P ${path} ${kept(path)}; else : >${wasAbsent(path)}; fi`,
    to !== "absent" && "copyOf" in to && sh`cp -a ${to.copyOf} ${fresh(path)}`,
    to !== "absent" && "content" in to && write(path, to.content, to.mode),
  );
}

/** Keeps owner and mode of an existing file. */
function write(path: string, content: string, mode: number): Sh {
  return sh`
    if [ -e ${path} ]; then cp -p ${path} ${fresh(path)}; else : >${fresh(path)}; chmod ${mode.toString(8)} ${fresh(path)}; fi
    printf %s ${content} >${fresh(path)}`;
}

const beside = (suffix: string) => (path: string) => path.replace(/([^/]+)$/, `.$1.pulumi-kvm-${suffix}`);

const [fresh, kept, wasAbsent] = [beside("new"), beside("old"), beside("absent")];
