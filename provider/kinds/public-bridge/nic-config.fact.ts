import { z } from "zod";
import type { Fact } from "../../core/fact";
import { byName, interfaceName, json, word } from "../../core/reply";
import { lines, type Sh, sh } from "../../core/shell";
import { nicFolder } from "../../host-state/paths";
import type { OwnerName } from "./owner-name";

/** The network managers that configure a NIC, and their files. */
export interface NicOwner {
  /** The names of the host's NICs. */
  nics: readonly string[];
  wireless: boolean;
  /** systemd-networkd manages the NIC. It reports its drop-ins since systemd 254. */
  networkd?: { networkFile: string; dropIns: string[]; clientId?: string };
  /** ifup(8) has brought the NIC up. */
  ifupdown: boolean;
  networkManager?: { uuid: string; file: string };
  wicked: boolean;
  /** cloud-init is installed and not disabled. It writes the network configuration at boot. */
  cloudInit: boolean;
  ipv6Forwarding: boolean;
  /** Where scripts of network managers name the NIC: `/etc/network/if-up.d/firewall:3`. Absent when no script does. */
  scripts?: readonly string[];
  /** The current configuration files of all network managers, by path. */
  files: ConfigFiles;
  /** Our record of the NIC from the time we took it over: JSON, and the files as they were then. */
  record?: { json: string; files: ConfigFiles };
}

export interface ConfigFile {
  content: string;
  mode: number;
}
export type ConfigFiles = Readonly<Record<string, ConfigFile>>;

export function nicOwnerOf(nic: string): Fact<NicOwner> {
  const index = `/sys/class/net/${nic}/ifindex`;
  return {
    name: `owner of ${nic}`,
    command: lines(
      printFile,
      ownersOf(nic, index),
      scriptsNaming(nic),
      configuration,
      sh`
        if [ -f ${nicFolder(nic)}/origin.json ]; then
          echo @record; cat ${nicFolder(nic)}/origin.json; echo
          cd ${nicFolder(nic)}/old
          find . -type f | while read -r path; do print_file old "$path" "\${path#.}"; done
          cd /
        fi
        :`,
    ),
    parse,
  };
}

/** Usage: print_file WHICH FILE PATH. It prints FILE under the name PATH. */
const printFile = sh`
  print_file() {
    printf '@file %s %s %s\\n' "$1" "$(stat -c %a "$2")" "$3"
    base64 -w 0 "$2"
    echo
  }`;

/**
 * /run/systemd/netif has networkd's own state. networkctl prints the same for people, and its format depends on the
 * version.
 */
function ownersOf(nic: string, index: string): Sh {
  return sh`
    for link in /sys/class/net/*; do
      if [ "$(cat "$link/type")" = 1 ] && [ ! -e "$link/bridge" ] && [ ! -e "$link/tun_flags" ]; then
        echo "nic=\${link##*/}"
      fi
    done
    if [ -e /sys/class/net/${nic}/wireless ] || [ -e /sys/class/net/${nic}/phy80211 ]; then echo wireless; fi
    if [ -e ${index} ] && systemctl is-active --quiet systemd-networkd 2>/dev/null; then
      state=/run/systemd/netif/links/$(cat ${index})
      sed -n 's/^\\(ADMIN_STATE\\|NETWORK_FILE\\|NETWORK_FILE_DROPINS\\)=/networkd.&/p' "$state" 2>/dev/null || :
      sed -n 's/^CLIENTID=/networkd.&/p' "/run/systemd/netif/leases/\${state##*/}" 2>/dev/null || :
    fi
    if grep -q ${`^${nic}=`} /run/network/ifstate 2>/dev/null; then echo ifupdown; fi
    if command -v nmcli >/dev/null && systemctl is-active --quiet NetworkManager 2>/dev/null; then
      uuid=$(nmcli -g GENERAL.CON-UUID device show ${nic} 2>/dev/null) || uuid=
      if [ -n "$uuid" ]; then
        echo "nm.uuid=$uuid"
        nmcli -g UUID,FILENAME connection show | sed -n "s/^$uuid:/nm.file=/p"
      fi
    fi
    if systemctl is-active --quiet wickedd 2>/dev/null; then echo wicked; fi
    if command -v cloud-init >/dev/null && [ ! -e /etc/cloud/cloud-init.disabled ]; then echo cloud-init; fi
    if [ "$(cat /proc/sys/net/ipv6/conf/all/forwarding 2>/dev/null)" = 1 ]; then echo ipv6-forwarding; fi`;
}

/** Lines that name the NIC, except comments. Scripts from packages do not name a NIC. */
function scriptsNaming(nic: string): Sh {
  return sh`
    grep -nHwF -e ${nic} /etc/network/if-*.d/* /etc/NetworkManager/dispatcher.d/* /etc/NetworkManager/dispatcher.d/*.d/* \
      /etc/networkd-dispatcher/*.d/* 2>/dev/null | grep -v '^[^:]*:[0-9]*:[[:space:]]*#' | head -n 20 |
      sed 's/^\\([^:]*:[0-9]*\\):.*/script=\\1/' || :`;
}

/**
 * Prints only files below 256 KiB. The files that networkd uses may be in /run or /usr, and the files that ifupdown
 * sources may be anywhere.
 */
const configuration = sh`
  named=$(sed -n 's/^\\(NETWORK_FILE\\|NETWORK_FILE_DROPINS\\)="\\{0,1\\}\\([^"]*\\).*/\\2/p' /run/systemd/netif/links/* 2>/dev/null | tr : ' ' | sort -u)
  drop_ins=$(for file in $named; do
    printf '%s\\n' /etc/systemd/network/"\${file##*/}".d/*.conf /run/systemd/network/"\${file##*/}".d/*.conf \
      /usr/local/lib/systemd/network/"\${file##*/}".d/*.conf /usr/lib/systemd/network/"\${file##*/}".d/*.conf
  done)
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
  done
  printf '%s\\n' $sourced /etc/network/interfaces.d/* /etc/systemd/network/* /etc/systemd/network/*.d/* $named $drop_ins \
    /etc/netplan/*.yaml /run/netplan/*.yaml /usr/lib/netplan/*.yaml /etc/NetworkManager/system-connections/* \
    /etc/sysconfig/network-scripts/ifcfg-* /etc/sysconfig/network-scripts/route* /etc/sysconfig/network-scripts/rule* /etc/sysconfig/network/ifcfg-* \
    /etc/sysconfig/network/ifroute-* /etc/sysconfig/network/routes /etc/cloud/cloud.cfg.d/* | sort -u | while read -r file; do
    # A link to /dev/null stands for nothing, and hides what is elsewhere by this name.
    if [ "$(readlink "$file")" = /dev/null ]; then print_file now "$file" "$file"; fi
    if [ -f "$file" ] && [ "$(stat -c %s "$file")" -lt 262144 ]; then print_file now "$file" "$file"; fi
  done`;

function parse(output: string): NicOwner {
  const [now = "", record] = output.split(/^@record$/m);
  const [signals = ""] = now.split(/^@file /m);
  const all = signals.split("\n");
  const value = (key: string) =>
    all
      .find((line) => line.startsWith(`${key}=`))
      ?.slice(key.length + 1)
      .replaceAll('"', "");
  const scripts = all.filter((line) => line.startsWith("script=")).map((line) => line.slice("script=".length));
  const managed = ["configured", "configuring", "pending", "failed"].includes(value("networkd.ADMIN_STATE") ?? "");
  const [clientId, uuid] = [value("networkd.CLIENTID"), value("nm.uuid")];
  return {
    nics: all.filter((line) => line.startsWith("nic=")).map((line) => line.slice(4)),
    wireless: all.includes("wireless"),
    ...(managed && {
      networkd: {
        networkFile: value("networkd.NETWORK_FILE") ?? "",
        dropIns: (value("networkd.NETWORK_FILE_DROPINS") ?? "").split(/[: ]/).filter((path) => path !== ""),
        ...(clientId && { clientId }),
      },
    }),
    ifupdown: all.includes("ifupdown"),
    ...(uuid && { networkManager: { uuid, file: value("nm.file") ?? "" } }),
    wicked: all.includes("wicked"),
    cloudInit: all.includes("cloud-init"),
    ipv6Forwarding: all.includes("ipv6-forwarding"),
    ...(scripts.length > 0 && { scripts }),
    files: filesIn(now),
    ...(record !== undefined && {
      record: { json: ofOurs(record.split(/^@file /m)[0] ?? ""), files: filesIn(record) },
    }),
  };
}

const owners = {
  ...{ ifupdown: true, networkd: true, netplan: true, NetworkManager: true, ifcfg: true, wicked: true },
} satisfies Record<OwnerName, true>;

/** The fields of the record that every version has written. backend.ts explains them. */
const origin = z.looseObject({
  owner: z.enum(Object.keys(owners)),
  nic: interfaceName,
  bridge: interfaceName,
  macAddress: word,
  mtu: z.number(),
  sources: z.array(z.string()),
  addresses: z.array(word),
  dynamic: z.array(word),
  ways: z.array(z.union([z.literal(4), z.literal(6)])),
  mark: z.string(),
});

/** @throws when the record is damaged, because a delete restores the NIC from it */
function ofOurs(record: string): string {
  json(record, origin, "null");
  return record.trim();
}

function filesIn(output: string): ConfigFiles {
  const parts = output.split(/^@file /m).slice(1);
  return byName(
    parts.map((part) => {
      const [head = "", content = ""] = part.split("\n");
      const [, mode = "", path = ""] = /^\w+ (\d+) (.*)$/.exec(head) ?? [];
      return [path, { content: Buffer.from(content, "base64").toString("utf8"), mode: Number.parseInt(mode, 8) }];
    }),
  );
}
