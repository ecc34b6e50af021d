import { lines, type Sh, sh } from "../core/shell";

/**
 * Files that change together and can be put back on a full disk: the new content stands beside the file before anything
 * is done, the old one is kept under a second name, and from then on names are all that moves. Owners do not read
 * names that begin with a dot.
 */
export interface Swap {
  path: string;
  /** What it becomes: a text, a copy of a file on the host with all that it has, or nothing. */
  to: { content: string; mode: number } | { copyOf: string } | "absent";
}

/** Before anything is done. Fails when it does not all fit. */
export function stageFiles(swaps: readonly Swap[]): Sh {
  const written = swaps.flatMap(({ path }) => [fresh(path), kept(path)]);
  return lines(...swaps.map(stage), sh`sync ${written} 2>/dev/null || :`);
}

export function swapFiles(swaps: readonly Swap[]): Sh {
  return lines(
    ...swaps.map(({ path, to }) => (to === "absent" ? sh`rm -f ${path}` : sh`mv -fT ${fresh(path)} ${path}`)),
  );
}

/** A folder that only held what is absent now goes with it. */
export function tidyFolders(swaps: readonly Swap[]): Sh {
  const own = swaps.map(({ path }) => path.slice(0, path.lastIndexOf("/"))).filter((folder) => folder.endsWith(".d"));
  return own.length > 0 ? sh`rmdir ${[...new Set(own)]} 2>/dev/null || :` : sh`:`;
}

/** From any state between the two, as often as one likes. */
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
    // The file itself under a second name: no copy has its times, and none fits on a full disk.
    sh`if [ -e ${path} ]; then ln -P ${path} ${kept(path)}; else : >${wasAbsent(path)}; fi`,
    to !== "absent" && "copyOf" in to && sh`cp -a ${to.copyOf} ${fresh(path)}`,
    to !== "absent" && "content" in to && write(path, to.content, to.mode),
  );
}

/** Owner and mode of a file that is there stay. */
function write(path: string, content: string, mode: number): Sh {
  return sh`
    if [ -e ${path} ]; then cp -p ${path} ${fresh(path)}; else : >${fresh(path)}; chmod ${mode.toString(8)} ${fresh(path)}; fi
    printf %s ${content} >${fresh(path)}`;
}

const beside = (suffix: string) => (path: string) => path.replace(/([^/]+)$/, `.$1.pulumi-kvm-${suffix}`);

const [fresh, kept, wasAbsent] = [beside("new"), beside("old"), beside("absent")];
