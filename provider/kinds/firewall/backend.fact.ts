import type { Fact } from "../../core/fact";
import { byName, linesOf, tagged } from "../../core/reply";
import { sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";

export type Backend = "iptables" | "nftables";

/** A file for each resource, with its rules. */
export const ruleFolder = `${stateFolder}/shared/firewall`;

/** With which tool packets are filtered on this host, and with which our rules are made. It outlives a reboot. */
export interface Firewall {
  /** The tools that are there. */
  tools: Backend[];
  /** Resource to back end, as its rules were made: it stays with that. */
  used: Readonly<Record<string, Backend>>;
  /** Whose rules there are beside ours; looked at only before the first rule of ours. */
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
 * The tool that a resource's rules are made with: what it was made with, what ours are made with, what the host's own
 * are made with. Where neither is in use it is iptables, because what comes later (Docker, ufw, libvirt) uses that,
 * and only rules in the same tables can come before theirs.
 */
export function backendOf(owner: string, asked: Backend | undefined, { tools, used, others }: Firewall) {
  const wishes = [asked, used[owner], ...Object.values(used).sort(), ...others.sort(), "iptables", "nftables"] as const;
  return wishes.find((backend) => backend !== undefined && (backend === asked || tools.includes(backend)));
}
