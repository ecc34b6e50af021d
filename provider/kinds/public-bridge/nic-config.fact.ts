import { z } from "zod";
import type { Fact } from "../../core/fact";
import { byName, interfaceName, json, tagged, word } from "../../core/reply";
import { lines, type Sh, sh } from "../../core/shell";
import { nicFolder } from "../../host-state/paths";
import { networkBackendNames, networkBackends } from "./backends";
import type { ConfigFiles, NicConfig } from "./nic-config";

export function nicConfigOf(nic: string): Fact<NicConfig> {
  return {
    name: `configuration of ${nic}`,
    command: lines(
      printFile,
      signalsOf(nic),
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

/** Lines about the NIC itself, and those of each backend. */
function signalsOf(nic: string): Sh {
  return lines(
    sh`
      for link in /sys/class/net/*; do
        if [ "$(cat "$link/type")" = 1 ] && [ ! -e "$link/bridge" ] && [ ! -e "$link/tun_flags" ]; then
          echo "nic=\${link##*/}"
        fi
      done
      if [ -e /sys/class/net/${nic}/wireless ] || [ -e /sys/class/net/${nic}/phy80211 ]; then echo wireless; fi`,
    ...networkBackends.map(({ printSignals }) => printSignals?.(nic)),
    sh`
      if command -v cloud-init >/dev/null && [ ! -e /etc/cloud/cloud-init.disabled ]; then echo cloud-init; fi
      if [ "$(cat /proc/sys/net/ipv6/conf/all/forwarding 2>/dev/null)" = 1 ]; then echo ipv6-forwarding; fi`,
  );
}

/** Lines that name the NIC, except comments. Scripts from packages do not name a NIC. */
function scriptsNaming(nic: string): Sh {
  const patterns = networkBackends.flatMap(({ scriptPatterns }) => scriptPatterns ?? []);
  return sh`
    grep -nHwF -e ${nic} ${patterns} 2>/dev/null | grep -v '^[^:]*:[0-9]*:[[:space:]]*#' | head -n 20 |
      sed 's/^\\([^:]*:[0-9]*\\):.*/script=\\1/' || :`;
}

/** Prints only files below 256 KiB. */
const configuration = lines(
  ...networkBackends.map(({ findFiles }) => findFiles),
  sh`
    printf '%s\\n' ${networkBackends.map(({ filePatterns }) => filePatterns)} /etc/cloud/cloud.cfg.d/* | sort -u | while read -r file; do
      # A link to /dev/null stands for nothing, and hides what is elsewhere by this name.
      if [ "$(readlink "$file")" = /dev/null ]; then print_file now "$file" "$file"; fi
      if [ -f "$file" ] && [ "$(stat -c %s "$file")" -lt 262144 ]; then print_file now "$file" "$file"; fi
    done`,
);

function parse(output: string): NicConfig {
  const [now = "", record] = output.split(/^@record$/m);
  const [printed = ""] = now.split(/^@file /m);
  const all = printed.split("\n").filter((line) => line !== "");
  const scripts = tagged(all, "script=");
  return {
    nics: tagged(all, "nic="),
    wireless: all.includes("wireless"),
    cloudInit: all.includes("cloud-init"),
    ipv6Forwarding: all.includes("ipv6-forwarding"),
    signals: all.filter((line) => !ofHost.test(line)),
    ...(scripts.length > 0 && { scripts }),
    files: filesIn(now),
    ...(record !== undefined && {
      record: { json: ofOurs(record.split(/^@file /m)[0] ?? ""), files: filesIn(record) },
    }),
  };
}

/** The lines that are not of a backend. */
const ofHost = /^(nic=|script=|(wireless|cloud-init|ipv6-forwarding)$)/;

/** The fields of the record that every version has written. `owner` is the network backend. backend.ts explains them. */
const origin = z.looseObject({
  owner: z.enum(networkBackendNames),
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
