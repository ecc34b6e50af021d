import type { Fact } from "../../core/fact";
import { byName, linesOf, tagged } from "../../core/reply";
import { sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";

export type Backend = "iptables" | "nftables";

/** The folder with one file of rules for each resource. */
export const ruleFolder = `${stateFolder}/shared/firewall`;

/** The tools that filter packets on this host, and the backend of our rules. It survives a reboot. */
export interface Firewall {
  /** The tools that are installed. */
  tools: Backend[];
  /** The backend of each resource, by `Kind.name.uid`. A resource keeps it, unless the user asks for another. */
  used: Readonly<Record<string, Backend>>;
  /** The backends that hold rules of other programs. Only filled while there is no rule of ours. */
  others: Backend[];
}

export const firewall: Fact<Firewall> = {
  name: "firewall",
  command: sh`
    command -v iptables >/dev/null && echo tool=iptables || :
    command -v nft >/dev/null && echo tool=nftables || :
    used=$(grep -sHom1 '^[a-z]*' ${ruleFolder}/*-* || :)
    if [ -n "$used" ]; then
      printf '%s\\n' "$used" | sed 's/^/used=/'
    else
      for tables in iptables ip6tables; do
        if command -v "$tables-save" >/dev/null; then
          saved=$("$tables-save")
          printf '%s\\n' "$saved" | grep -E '^-A |^:(INPUT|FORWARD|OUTPUT) DROP' | sed 's/.*/other=iptables/' || :
        fi
      done
      if command -v nft >/dev/null; then
        tables=$(nft list tables)
        printf '%s\\n' "$tables" | grep '^table' | grep -vE '^table ip6? (filter|nat|mangle|raw|security)$' |
          sed 's/.*/other=nftables/' || :
      fi
    fi`,
  parse: (output) => {
    const lines = linesOf(output);
    const used = tagged(lines, "used=").map((line) => {
      const [path = "", backend = ""] = line.split(":");
      return [path.replace(/^.*\/\d+-/, ""), backend] as const;
    });
    const others = [...new Set(tagged(lines, "other="))].filter(isBackend);
    const known = used.filter((entry): entry is readonly [string, Backend] => isBackend(entry[1]));
    return { tools: tagged(lines, "tool=").filter(isBackend), used: byName(known), others };
  },
};

function isBackend(text: string): text is Backend {
  return text === "iptables" || text === "nftables";
}

/**
 * Chooses the backend of a resource, in this order: the one that the user asks for, the one that the resource uses
 * already, the one of our other rules, the one of the host's own rules. When neither is in use it is iptables. Programs
 * that come later (Docker, ufw, libvirt) use iptables, and only rules in the same tables can come before theirs.
 */
export function backendOf(owner: string, asked: Backend | undefined, { tools, used, others }: Firewall) {
  const wishes = [asked, used[owner], ...Object.values(used).sort(), ...others.sort(), "iptables", "nftables"] as const;
  return wishes.find((backend) => backend !== undefined && (backend === asked || tools.includes(backend)));
}
