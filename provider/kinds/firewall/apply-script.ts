import { lines, type Sh, sh, trusted } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";
import { ruleFolder } from "./backend.fact";
import { chainPrefix } from "./iptables/render";
import { baseChains, ownTable } from "./nftables/render";

/**
 * Each resource has a file with its rules. Every change fills our chains again from all files, each chain atomically.
 * So the order of the files is the order of the rules, several stacks share the chains, and the last stack that leaves
 * removes them.
 */

/**
 * Applies the rules of a resource. When the host rejects them, the previous rules come back.
 * @param place the order among all rules, three digits
 */
export function putRules(owner: string, place: string, content: string): Sh {
  return lines(functions, sh`put_rules ${owner} ${place} ${content}`);
}

export function removeRules(owner: string): Sh {
  return lines(functions, sh`remove_rules ${owner}`);
}

/**
 * One iptables-restore for each family and one nft. Each of them is atomic, and few processes run. The functions take a
 * lock of their own before they write the first file, because a person who runs the boot scripts by hand does not hold
 * the host's lock.
 */
const functions = sh`
  put_rules() {
    mkdir -p ${ruleFolder}
    set +e
    ( set -eu; lock_rules; replace_rules "$@" ) 8<${stateFolder}
    rc=$?
    set -e
    [ $rc = 0 ] || exit $rc
  }
  remove_rules() {
    mkdir -p ${ruleFolder}
    ( set -eu
      lock_rules
      rm -f ${ruleFolder}/*-"$1" ${ruleFolder}/*-"$1".new ${ruleFolder}/."$1"
      apply_rules
      rmdir ${ruleFolder} ${stateFolder}/shared 2>/dev/null || : ) 8<${stateFolder}
  }
  lock_rules() {
    flock -w 60 8 || { echo "the firewall's lock is held by somebody else" >&2; exit 1; }
  }
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
  }
  apply_rules() {
    LC_ALL=C
    nl=$(printf '\\n.')
    nl=\${nl%.}
    rules=
    for file in ${ruleFolder}/*; do
      case "$file" in *.new) continue ;; esac
      if [ -f "$file" ]; then rules=$rules$(cat "$file")$nl; fi
    done
    apply_iptables 4 iptables
    apply_iptables 6 ip6tables
    apply_nftables
  }
  select_rules() {
    own=
    IFS=$nl
    set -f
    for line in $rules; do
      case "$line" in "$1"*) own=$own$2\${line#"$1"}$nl ;; esac
    done
    set +f
    unset IFS
  }
  select_jumps() {
    jumps=
    IFS=$nl
    set -f
    for line in $saved; do
      from=\${line#-A }
      from=\${from%% *}
      if [ "$line" = "-A $from -j $1" ]; then jumps="$jumps $from"; fi
    done
    set +f
    unset IFS
  }
  apply_iptables() {
    if ! command -v "$2-save" >/dev/null; then
      case "$rules" in *"iptables $1 "*) echo "$2 is missing (package iptables)" >&2; exit 1 ;; esac
      return 0
    fi
    saved=$("$2-save")
    saved=$(printf '%s\\n' "$saved" | grep -E '${trusted(chainPrefix)}|^:DOCKER-USER ' || :)
    input=
    for hook in filter/INPUT filter/FORWARD filter/OUTPUT nat/PREROUTING nat/POSTROUTING; do
      builtin=\${hook#*/}
      chain=${trusted(chainPrefix)}$builtin
      select_rules "iptables $1 \${hook%/*} $builtin " "-A $chain "
      select_jumps "$chain"
      case "$own@$nl$saved" in
        @*"$nl:$chain "*)
          input="$input*\${hook%/*}$nl:$chain - [0:0]$nl"
          for from in $jumps; do input="$input-D $from -j $chain$nl"; done
          input="$input-X $chain$nl"COMMIT$nl ;;
        @*) ;;
        *)
          input="$input*\${hook%/*}$nl:$chain - [0:0]$nl$own"
          case "$builtin$nl$saved" in FORWARD*"$nl:DOCKER-USER "*) builtin=DOCKER-USER ;; esac
          if [ -z "$jumps" ]; then input="$input-I $builtin -j $chain$nl"; fi
          input="$input"COMMIT$nl ;;
      esac
    done
    if [ -n "$input" ]; then printf %s "$input" | "$2-restore" -w --noflush; fi
  }
  apply_nftables() {
    table='table inet ${trusted(ownTable)}'
    select_rules "nftables " ""
    if ! command -v nft >/dev/null; then
      if [ -n "$own" ]; then echo "nft is missing (package nftables)" >&2; exit 1; fi
    elif [ -n "$own" ]; then
      input="$table$nl"delete" $table$nl$table {$nl"
      ${lines(...Object.entries(baseChains).map(([name, chain]) => nftChain(name, chain)))}
      printf '%s}\\n' "$input" | nft -f -
    elif nft list tables inet | grep -qx "$table"; then
      nft delete $table
    fi
  }`;

function nftChain(name: string, { type, priority }: { type: string; priority: number }): Sh {
  const header = `type ${type} hook ${name} priority ${priority}; policy accept;`;
  return sh`
    select_rules ${`nftables ${name} `} ""
    if [ -n "$own" ]; then input="$input"${`chain ${name} {`}$nl${header}$nl$own}$nl; fi`;
}
