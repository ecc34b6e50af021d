import { curlAlways, curlConfig } from "../../core/curl";
import type { Fact } from "../../core/fact";
import { linesOf } from "../../core/reply";
import { lines, type Sh, sh } from "../../core/shell";

/** The result of one attempt of a probe. */
export interface ProbeTry {
  ok: boolean;
  /** "ok", "open" or an HTTP status. After a failure: the reason. */
  result: string;
  /**
   * The source address that the host used. The target sees the same one, unless there is NAT in between. Absent without
   * a route, and over wget.
   */
  source?: string;
}

export interface ProbeQuestion {
  ping?: string | undefined;
  tcp?: string | undefined;
  http?: string | undefined;
  expectStatus?: number | undefined;
}

/** One attempt. It takes at most five seconds, or ten over wget. */
export function probeOf(question: ProbeQuestion): Fact<ProbeTry> {
  const { ping, tcp, http, expectStatus = 200 } = question;
  const command = ping !== undefined ? pinging(ping) : tcp !== undefined ? connecting(tcp) : fetching(http ?? "");
  return {
    name: "probe",
    command: lines(command),
    parse: (output) => {
      const said = linesOf(output).filter((line) => line !== "");
      const result = said.at(-1) ?? "";
      const source = said.find((line) => /^source=[0-9a-fA-F.:]+$/.test(line))?.slice("source=".length);
      return {
        ok: http !== undefined ? result === String(expectStatus) : ["ok", "open"].includes(result),
        result,
        ...(source !== undefined && { source }),
      };
    },
  };
}

/** Asks the routing table for the source address (ip-route(8)). */
function sourceTowards(address: string): Sh {
  return sh`ip -o route get ${address} 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/source=\\1/p' || :`;
}

function pinging(address: string): Sh {
  return lines(
    sourceTowards(address),
    sh`if ping -n -q -c 1 -W 3 ${address} >/dev/null 2>&1; then echo ok; else echo "no answer to ping"; fi`,
  );
}

/** Uses /dev/tcp of bash, so that the host needs no netcat. */
function connecting(target: string): Sh {
  const at = target.lastIndexOf(":");
  const [address, port] = [target.slice(0, at).replaceAll(/[[\]]/g, ""), target.slice(at + 1)];
  return lines(
    sourceTowards(address),
    sh`
    if timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' ${address} ${port} 2>/dev/null; then echo open; else echo "no connection"; fi`,
  );
}

/**
 * No tool gets the URL as an argument (see core/curl.ts). GNU wget reads it from standard input; the wget of BusyBox
 * cannot.
 */
function fetching(url: string): Sh {
  return sh`
    if command -v curl >/dev/null; then
      status=$(printf '%s\\n' ${curlConfig(url)} | curl -s -o /dev/null -m 5 --max-filesize 1048576 -w '%{http_code} %{local_ip}' ${curlAlways}) || :
      echo "source=\${status#* }"
      status=\${status%% *}
    elif command -v wget >/dev/null && wget --help 2>&1 | grep -q -e --input-file; then
      status=$(printf '%s\\n' ${url} | timeout 10 wget -q -S -T 5 -t 1 -O /dev/null --input-file=- 2>&1 | sed -n 's/^ *HTTP[^ ]* \\([0-9]*\\).*/\\1/p' | tail -n 1)
    else
      echo "neither curl nor GNU wget is there"; exit 0
    fi
    case "$status" in ''|000) echo "no answer over HTTP" ;; *) echo "$status" ;; esac`;
}
