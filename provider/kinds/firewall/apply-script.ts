// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { indented, lines, type Sh, sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";
import { ruleFolder } from "./backend.fact";
import { firewallBackends } from "./backends";

/**
 * Each resource has a file with its rules. Every change fills our chains again from all files, each chain atomically.
 * So the order of the files is the order of the rules, several stacks share the chains, and the last stack that leaves
 * removes them. Boot scripts on hosts contain this text: a change here is a change on every host.
 */

/**
 * Applies the rules of a resource. When the host rejects them, the previous rules come back.
 * @param resource as in the file's name: `Kind.name.uid`
 * @param place the order among all rules, three digits
 */
export function putRules(resource: string, place: string, content: string): Sh {
  return lines(applyScript(), sh`put_rules ${resource} ${place} ${content}`);
}

export function removeRules(resource: string): Sh {
  return lines(applyScript(), sh`remove_rules ${resource}`);
}

function applyScript(): Sh {
  return lines(
    putFunction,
    removeFunction,
    lockFunction,
    replaceFunction,
    applyFunction,
    selectFunction,
    ...firewallBackends.map(({ applyFunctions }) => applyFunctions),
  );
}

/**
 * Usage: put_rules RESOURCE PLACE CONTENT. A subshell stops at the first error although the caller must see its exit code.
 * Descriptor 8 is for the lock.
 */
const putFunction = sh`
  put_rules() {
    mkdir -p ${ruleFolder}
    set +e
    ( set -eu; lock_rules; replace_rules "$@" ) 8<${stateFolder}
    rc=$?
    set -e
    [ $rc = 0 ] || exit $rc
  }`;

/** Usage: remove_rules RESOURCE */
const removeFunction = sh`
  remove_rules() {
    mkdir -p ${ruleFolder}
    ( set -eu
      lock_rules
      rm -f ${ruleFolder}/*-"$1" ${ruleFolder}/*-"$1".new ${ruleFolder}/."$1"
      apply_rules
      rmdir ${ruleFolder} ${stateFolder}/shared 2>/dev/null || : ) 8<${stateFolder}
  }`;

/** A lock of its own, because a person who runs the boot scripts by hand does not hold the host's lock. */
export const lockFunction = sh`
  lock_rules() {
    flock -w 60 8 || { echo "the firewall's lock is held by somebody else" >&2; exit 1; }
  }`;

/**
 * Usage: replace_rules RESOURCE PLACE CONTENT. Writes the file of the resource and applies all files. While it does, the
 * previous file has the name `.RESOURCE`, which apply_rules does not read. It comes back when the new rules fail.
 */
export const replaceFunction = sh`
  replace_rules() {
    path=${ruleFolder}/$2-$1
    was=$(ls ${ruleFolder}/*-"$1" 2>/dev/null || :)
    if [ -n "$was" ]; then mv -f "$was" ${ruleFolder}/."$1"; fi
    ( umask 077; printf %s "$3" >"$path.new" )
    mv -f "$path.new" "$path"
    set +e
    ( set -eu; apply_rules )
    rc=$?
    set -e
    if [ $rc != 0 ]; then
      rm -f "$path"
      if [ -n "$was" ]; then mv -f ${ruleFolder}/."$1" "$was"; fi
      ( apply_rules ) || :
      exit $rc
    fi
    rm -f ${ruleFolder}/."$1"
  }`;

/** Reads all files into `$rules`, in the order of their names, and lets each backend fill its chains. `$nl` is a newline. */
export const applyFunction = sh`
  apply_rules() {
    LC_ALL=C
    nl=$(printf '\\n.')
    nl=\${nl%.}
    rules=
    for file in ${ruleFolder}/*; do
      case "$file" in *.new) continue ;; esac
      if [ -f "$file" ]; then rules=$rules$(cat "$file")$nl; fi
    done
    ${indented(lines(...firewallBackends.map(({ apply }) => apply)), 2)}
  }`;

/**
 * Usage: select_rules START REPLACEMENT. Sets `$own` to the lines of `$rules` that begin with START, which REPLACEMENT
 * replaces.
 */
export const selectFunction = sh`
  select_rules() {
    own=
    IFS=$nl
    set -f
    for line in $rules; do
      case "$line" in "$1"*) own=$own$2\${line#"$1"}$nl ;; esac
    done
    set +f
    unset IFS
  }`;
