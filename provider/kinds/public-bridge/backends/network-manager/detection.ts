import { tagged } from "../../../../core/reply";
import { sh } from "../../../../core/shell";
import type { Detection } from "../../backend";
import { entriesIn } from "../../formats/ini";
import type { NicConfig } from "../../nic-config";
import { isConnectionOfNetplan } from "../netplan/generated";

export const detection: Detection = {
  printSignals: (nic) => sh`
    if command -v nmcli >/dev/null && systemctl is-active --quiet NetworkManager 2>/dev/null; then
      uuid=$(nmcli -g GENERAL.CON-UUID device show ${nic} 2>/dev/null) || uuid=
      if [ -n "$uuid" ]; then
        echo "nm.uuid=$uuid"
        nmcli -g UUID,FILENAME connection show | sed -n "s/^$uuid:/nm.file=/p"
      fi
    fi`,
  filePatterns: sh`/etc/NetworkManager/system-connections/*`,
  scriptFolder: "/etc/NetworkManager/",
  scriptPatterns: sh`/etc/NetworkManager/dispatcher.d/* /etc/NetworkManager/dispatcher.d/*.d/*`,
  detect: (_nic, seen) => {
    const connection = connectionIn(seen);
    if (!connection || isConnectionOfNetplan(connection.file) || isIfcfg(connection.file)) return undefined;
    return { sources: [connection.file], connection: connection.uuid };
  },
  neighbours: {
    folder: "/etc/NetworkManager/system-connections/",
    lines: entriesIn,
    keys: /^parent$/,
    belongs: () => false,
  },
};

/** The connection that is active on the NIC, and its file. Undefined when NetworkManager has none on it. */
export function connectionIn({ signals }: Pick<NicConfig, "signals">): { uuid: string; file: string } | undefined {
  const value = (key: string) => tagged(signals, `nm.${key}=`)[0]?.replaceAll('"', "");
  const uuid = value("uuid");
  return uuid ? { uuid, file: value("file") ?? "" } : undefined;
}

/** Whether a connection is in a file of Red Hat's older format. */
export function isIfcfg(path: string): boolean {
  return path.includes("/ifcfg-");
}
