import { lines, type Sh, sh } from "../core/shell";
import { renamed } from "./paths";

/**
 * Puts a file in place at once: a reader sees the old one or the whole new one, never a part. By umask instead of
 * chmod, and without mkdir where the folder is there: a process more for each file is what a hundred taps wait for.
 *
 * The temporary file has the number of its process in its name, so that two writers never share one: a run of ours, and
 * a boot script that went on without the lock. What a process left that is no more goes with the next write.
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

/** For the sync at the end of the commit. Nobody asks for it where the step runs by itself, at boot. */
export function noteRename(path: string): Sh {
  return sh`[ ! -e ${renamed} ] || printf '%s\\n' ${path} >>${renamed}`;
}

/** Removes what writers left in a folder that is about to go. Only under the host's lock: then none is at work. */
export function removeTemporaries(folder: string): Sh {
  return sh`rm -f ${folder}/.*.new`;
}

/** Before the members of a commit. What a commit that was killed had noted was its own. */
export function noteRenamed(): Sh {
  return sh`( umask 077; : >${renamed} )`;
}

/**
 * After them: what is told to be done must be there after a power cut, and a rename alone is not (see docs/adr/025). One
 * process for all files, and the disk writes its journal once.
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
