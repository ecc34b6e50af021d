import { sh } from "../../../../core/shell";
import type { Detection } from "../../backend";
import { sourcesOf } from "./sources";

/** ifup(8) remembers the interfaces that it has brought up. */
export const detection: Detection = {
  printSignals: (nic) => sh`if grep -q ${`^${nic}=`} /run/network/ifstate 2>/dev/null; then echo ifupdown; fi`,
  // The files that a `source` line names may be anywhere, and may have such lines themselves.
  findFiles: sh`
    reads_too() ( # FILE
      cd "\${1%/*}" 2>/dev/null || exit 0
      for path in $(sed -n 's/^[[:space:]]*source\\(-dir[a-z]*\\)\\{0,1\\}[[:space:]]\\{1,\\}//p' "$1" 2>/dev/null); do
        case $path in /*) ;; *) path=$PWD/$path ;; esac
        if [ -d "$path" ]; then printf '%s\\n' "$path"/*; else printf '%s\\n' "$path"; fi
      done
    )
    sourced=/etc/network/interfaces
    for round in 1 2 3; do
      sourced=$(for file in $sourced; do printf '%s\\n' "$file"; reads_too "$file"; done | sort -u | head -n 500)
    done`,
  filePatterns: sh`$sourced /etc/network/interfaces.d/*`,
  scriptFolder: "/etc/network/",
  scriptPatterns: sh`/etc/network/if-*.d/*`,
  detect: (_nic, { signals, files }) => (signals.includes("ifupdown") ? { sources: sourcesOf(files) } : undefined),
};
