// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, sh, trusted } from "../../../../core/shell";
import { chainPrefix } from "./render";

/**
 * Usage: select_jumps CHAIN. Sets `$jumps` to the chains in `$saved`, the output of iptables-save, that jump to CHAIN.
 */
export const selectJumps = sh`
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
  }`;

/**
 * Usage: apply_iptables 4|6 PROGRAM. Fills our chain of each hook from `$rules`, with one iptables-restore, which is
 * atomic. A chain without rules goes, with the jumps to it. With Docker, the jump to the forward chain is in
 * DOCKER-USER, the chain that Docker leaves to others.
 */
export const applyIptables = sh`
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
  }`;

export const applyFunctions = lines(selectJumps, applyIptables);
