// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh } from "../core/shell";
import { renamed } from "./paths";

/**
 * Writes a file atomically: a reader sees the old file or the whole new one. Uses umask instead of chmod, and no mkdir
 * where the folder exists, because each process counts when a hundred taps are made.
 *
 * The temporary file has the process id in its name, so that two writers never share it: a run, and a boot script that
 * goes on without the lock. The next write removes the temporary file of a process that has ended.
 */
export function writeFile(path: string, content: string, mode: 0o600 | 0o644): Sh {
  const at = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, at), path.slice(at + 1)];
  const begin = `${folder}/.${name}.`;
  return lines(
    sh`[ -d ${folder} ] || mkdir -p ${folder}`,
    sh`
    for old in ${begin}*.new; do
      pid=\${old%.new}; pid=\${pid##*.}
      [ ! -e "$old" ] || [ -d "/proc/$pid" ] || rm -f "$old"
    done
    ( umask ${mode === 0o600 ? "077" : "022"}; printf %s ${content} >${begin}$$.new )
    mv -f ${begin}$$.new ${path}`,
    noteRename(path),
  );
}

/** Remembers the file for the sync at the end of the commit. At boot there is no commit, and no sync. */
export function noteRename(path: string): Sh {
  return sh`[ ! -e ${renamed} ] || printf '%s\\n' ${path} >>${renamed}`;
}

/** Removes temporary files from a folder before its deletion. Only under the lock, when no other process writes. */
export function removeTemporaries(folder: string): Sh {
  return sh`rm -f ${folder}/.*.new`;
}

/** Begins a new list before the members of a commit. An old list is that of a commit that was killed. */
export function noteRenamed(): Sh {
  return sh`( umask 077; : >${renamed} )`;
}

/**
 * After the members: a change that we report must survive a power cut, and a rename alone does not (see docs/adr/025).
 * One process syncs all files, so that the disk writes its journal once.
 */
export function syncRenamed(): Sh {
  return sh`
    if [ -s ${renamed} ]; then
      set --
      while IFS= read -r file; do set -- "$@" "$file" "\${file%/*}"; done <${renamed}
      sync "$@" 2>/dev/null || :
    fi
    rm -f ${renamed}`;
}
