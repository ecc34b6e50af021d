// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh, trusted } from "../../../../core/shell";
import { baseChains, ownTable } from "./render";

/** Adds a chain with its rules to `$input`, if there are any in `$rules`. */
function addChain(name: string, { type, priority }: { type: string; priority: number }): Sh {
  const header = `type ${type} hook ${name} priority ${priority}; policy accept;`;
  return sh`
    select_rules ${`nftables ${name} `} ""
    if [ -n "$own" ]; then input="$input"${`chain ${name} {`}$nl${header}$nl$own}$nl; fi`;
}

/**
 * Fills our table from `$rules`, with one nft, which is atomic. The table goes with the last rule. The first line of
 * the input makes the table, so that its deletion in the second line always works.
 */
export const applyFunctions = sh`
  apply_nftables() {
    table='table inet ${trusted(ownTable)}'
    select_rules "nftables " ""
    if ! command -v nft >/dev/null; then
      if [ -n "$own" ]; then echo "nft is missing (package nftables)" >&2; exit 1; fi
    elif [ -n "$own" ]; then
      input="$table$nl"delete" $table$nl$table {$nl"
      ${lines(...Object.entries(baseChains).map(([name, chain]) => addChain(name, chain)))}
      printf '%s}\\n' "$input" | nft -f -
    elif nft list tables inet | grep -qx "$table"; then
      nft delete $table
    fi
  }`;
