import type { Fact } from "../../core/fact";
import { printable } from "../../core/printable";
import { sh } from "../../core/shell";
import { readConsole } from "./console";
import { guestFolder } from "./guest-state.fact";
import { monitor } from "./qemu-command";

/** The boot progress of a guest, as seen from its hypervisor. */
export interface Readiness {
  /** The first line from the port, such as "SSH-2.0-…". Empty when no line came, or nobody asked. */
  greeting: string;
  /** Whether the TCP port in the question is open. */
  open: boolean;
  /** Whether cloud-init printed on the console that it has finished. */
  cloudInit: boolean;
  /** The SSH host keys on the console. */
  hostKeys: string[];
  /** Failures that cloud-init reported on the console. */
  failures: string[];
  /** The last lines of the serial console, in plain text. */
  console: string[];
}

export interface ReadinessQuestion {
  name: string;
  /**
   * How to reach the guest's ports: a link-local address on the bridge of a tap, or a forwarded port of the hypervisor.
   */
  at?: { tap: string; linkLocal: string } | { address: string; port: number };
  port?: number;
  /**
   * Ask the port only after cloud-init has finished. Each connection costs a booting guest a process, which is seconds
   * under emulation.
   */
  afterCloudInit?: boolean;
}

/** Uses /dev/tcp of bash, which accepts an IPv6 address with a zone. Every distribution with QEMU has bash. */
export function readiness(question: ReadinessQuestion): Fact<Readiness> {
  return {
    name: `readiness of ${question.name}`,
    command: sh`
      ${target(question)}
      greet() {
        timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit; echo open; read -r -t 2 -n 256 line <&3; printf "greeting=%s\n" "$line"' "$1" "$2" 2>/dev/null || :
      }
      ${readConsole}
      console=$(console_of ${`${guestFolder}/${question.name}`} | LC_ALL=C awk '
        /Cloud-init v.* finished at/ { finished = 1 }
        /cloud-init\\[[0-9]+\\]: .*(ERROR|Traceback|failed)|Failed to (start|run) .*cloud/ { failure[failures++ % 3] = substr($0, 1, 1000) }
        /[^ \\t\\r]/ { line[lines++ % 12] = substr($0, 1, 1000) }
        END {
          if (finished) print "finished"
          for (i = failures < 3 ? 0 : failures - 3; i < failures; i++) print "failure=" failure[i % 3]
          for (i = lines < 12 ? 0 : lines - 12; i < lines; i++) print "console=" line[i % 12]
        }')
      printf '%s\n' "$console"
      ${question.afterCloudInit ? sh`case "$console" in finished*) ${asking(question)} ;; esac` : asking(question)}
      console_of ${`${guestFolder}/${question.name}`} | host_keys | keys_in`,
    parse: (output) => {
      const all = output.split("\n");
      const tagged = (tag: string) =>
        all.filter((line) => line.startsWith(tag)).map((line) => line.slice(tag.length).trim());
      return {
        greeting: tagged("greeting=")[0] ?? "",
        open: all.includes("open"),
        cloudInit: all.includes("finished"),
        hostKeys: [...new Set(tagged("key="))],
        failures: tagged("failure=").map(consoleLine),
        console: tagged("console=")
          .map(consoleLine)
          .filter((line) => line !== ""),
      };
    },
  };
}

/** One printable line. A program in the guest may return to the start of a line and overwrite it. */
function consoleLine(line: string): string {
  return printable(line)
    .replaceAll(/[\n\t]/g, " ")
    .trim();
}

/**
 * QEMU accepts a connection to a forwarded port even when the guest does not answer, and connects to the guest
 * afterwards. Its own list of connections (`info usernet`) shows the result.
 */
function asking({ name, at, port }: ReadinessQuestion) {
  if (!at) return sh``;
  if (!("address" in at)) return sh`greet "$address" "$port"`;
  const answered = `TCP\\[ESTABLISHED\\].* ${userModeGuest} +${port} `;
  return sh`
    greet "$address" "$port" | grep -v '^open$' &
    sleep 1
    if ${monitor(name, "info usernet")} 2>/dev/null | grep -qE ${answered}; then echo open; fi
    wait`;
}

/** The guest's address on QEMU's user-mode network: the first DHCP lease, and the target of the forwards. */
const userModeGuest = "10\\.0\\.2\\.15";

function target({ at, port }: ReadinessQuestion) {
  if (!at) return sh`address=`;
  if ("address" in at) return sh`address=${at.address} port=${at.port}`;
  return sh`
    bridge=$(basename "$(readlink /sys/class/net/${at.tap}/master)" 2>/dev/null || echo none)
    address=${at.linkLocal}%$bridge port=${port ?? 22}`;
}
