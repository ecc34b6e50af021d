import type { Fact } from "../../core/fact";
import { printable } from "../../core/printable";
import { sh } from "../../core/shell";
import { readConsole } from "./console";
import { guestFolder } from "./guest-state.fact";
import { monitor } from "./qemu-command";

/** How far a guest has come, as seen from its hypervisor. */
export interface Readiness {
  /** The SSH server's greeting, or "". */
  greeting: string;
  /** Whether the TCP port that was asked for is open. */
  open: boolean;
  /** Whether cloud-init said on the console that it has finished. */
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
  /** Where the guest's own ports are: the tap whose bridge leads to a link-local address, or an address. */
  at?: { tap: string; linkLocal: string } | { address: string; port: number };
  port?: number;
}

/** bash's /dev/tcp takes an IPv6 address with a zone, and bash is on every distribution that runs QEMU. */
export function readiness(question: ReadinessQuestion): Fact<Readiness> {
  return {
    name: `readiness of ${question.name}`,
    command: sh`
      ${target(question)}
      greet() {
        timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit; echo open; read -r -t 2 -n 256 line <&3; printf "greeting=%s\n" "$line"' "$1" "$2" 2>/dev/null || :
      }
      ${asking(question)}
      ${readConsole}
      console_of ${`${guestFolder}/${question.name}`} | LC_ALL=C awk '
        /Cloud-init v.* finished at/ { finished = 1 }
        /cloud-init\\[[0-9]+\\]: .*(ERROR|Traceback|failed)|Failed to (start|run) .*cloud/ { failure[failures++ % 3] = substr($0, 1, 1000) }
        /[^ \\t\\r]/ { line[lines++ % 12] = substr($0, 1, 1000) }
        END {
          if (finished) print "finished"
          for (i = failures < 3 ? 0 : failures - 3; i < failures; i++) print "failure=" failure[i % 3]
          for (i = lines < 12 ? 0 : lines - 12; i < lines; i++) print "console=" line[i % 12]
        }'
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

/** As it may be shown, in one line: a program in the guest goes back to its beginning to write the same line anew. */
function consoleLine(line: string): string {
  return printable(line)
    .replaceAll(/[\n\t]/g, " ")
    .trim();
}

/**
 * QEMU takes a connection to a port that it forwards whether the guest is there or not, and tries the guest then: its
 * own list says what became of that.
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

/** The first address that QEMU's user-mode network hands out, where its forwards lead. */
const userModeGuest = "10\\.0\\.2\\.15";

function target({ at, port }: ReadinessQuestion) {
  if (!at) return sh`address=`;
  if ("address" in at) return sh`address=${at.address} port=${at.port}`;
  return sh`
    bridge=$(basename "$(readlink /sys/class/net/${at.tap}/master)" 2>/dev/null || echo none)
    address=${at.linkLocal}%$bridge port=${port ?? 22}`;
}
