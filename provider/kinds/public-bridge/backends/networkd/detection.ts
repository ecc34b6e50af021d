import { tagged } from "../../../../core/reply";
import { sh } from "../../../../core/shell";
import type { Detection } from "../../backend";
import type { ConfigFiles, NicConfig } from "../../nic-config";
import { definitionIn } from "../netplan/generated";
import { inPrecedence } from "../precedence";

/**
 * /run/systemd/netif has networkd's own state. networkctl prints the same for people, and its format depends on the
 * version.
 */
export const detection: Detection = {
  printSignals: (nic) => {
    const index = `/sys/class/net/${nic}/ifindex`;
    return sh`
      if [ -e ${index} ] && systemctl is-active --quiet systemd-networkd 2>/dev/null; then
        state=/run/systemd/netif/links/$(cat ${index})
        sed -n 's/^\\(ADMIN_STATE\\|NETWORK_FILE\\|NETWORK_FILE_DROPINS\\)=/networkd.&/p' "$state" 2>/dev/null || :
        sed -n 's/^CLIENTID=/networkd.&/p' "/run/systemd/netif/leases/\${state##*/}" 2>/dev/null || :
      fi`;
  },
  // The files that networkd uses may be in /run or /usr.
  findFiles: sh`
    named=$(sed -n 's/^\\(NETWORK_FILE\\|NETWORK_FILE_DROPINS\\)="\\{0,1\\}\\([^"]*\\).*/\\2/p' /run/systemd/netif/links/* 2>/dev/null | tr : ' ' | sort -u)
    drop_ins=$(for file in $named; do
      printf '%s\\n' /etc/systemd/network/"\${file##*/}".d/*.conf /run/systemd/network/"\${file##*/}".d/*.conf \
      /usr/local/lib/systemd/network/"\${file##*/}".d/*.conf /usr/lib/systemd/network/"\${file##*/}".d/*.conf
    done)`,
  filePatterns: sh`/etc/systemd/network/* /etc/systemd/network/*.d/* $named $drop_ins`,
  scriptFolder: "/etc/networkd-dispatcher/",
  scriptPatterns: sh`/etc/networkd-dispatcher/*.d/*`,
  detect: (_nic, seen) => {
    const link = linkIn(seen);
    if (!link || definitionIn(link.networkFile) !== undefined) return undefined;
    const { networkFile, dropIns, iaid } = link;
    const found = dropInsOf(networkFile, seen.files);
    const sources = [networkFile, ...found, ...dropIns.filter((path) => !found.includes(path))];
    return { sources, ...(iaid !== undefined && { iaid }) };
  },
};

/** The NIC as networkd knows it. It reports its drop-ins since systemd 254. */
export interface NetworkdLink {
  networkFile: string;
  dropIns: string[];
  iaid?: number;
}

/** Undefined when networkd does not manage the NIC. */
export function linkIn({ signals }: Pick<NicConfig, "signals">): NetworkdLink | undefined {
  const value = (key: string) => tagged(signals, `networkd.${key}=`)[0]?.replaceAll('"', "");
  if (!["configured", "configuring", "pending", "failed"].includes(value("ADMIN_STATE") ?? "")) return undefined;
  const iaid = iaidOf(value("CLIENTID"));
  return {
    networkFile: value("NETWORK_FILE") ?? "",
    dropIns: (value("NETWORK_FILE_DROPINS") ?? "").split(/[: ]/).filter((path) => path !== ""),
    ...(iaid !== undefined && { iaid }),
  };
}

/** The drop-ins, sorted by name. A name in /etc hides the same name in /run, and so on. */
export function dropInsOf(networkFile: string, files: ConfigFiles): string[] {
  const base = networkFile.slice(networkFile.lastIndexOf("/") + 1);
  const folders = ["/etc", "/run", "/usr/local/lib", "/usr/lib"].map((root) => `${root}/systemd/network/${base}.d/`);
  return inPrecedence(folders, ".conf", files);
}

/**
 * The IAID from a client identifier of RFC 4361: ff, the IAID (four bytes that networkd derives from the interface
 * name), and the host's DUID.
 */
function iaidOf(clientId = ""): number | undefined {
  const iaid = /^ff([0-9a-f]{8})/i.exec(clientId)?.[1];
  return iaid === undefined ? undefined : Number.parseInt(iaid, 16);
}
