import { monitor } from "../guest/command";
import { sh } from "../shell";
import type { Fact } from "./fact";
import { guestFolder } from "./guests";

/** How far a guest has come, as seen from its hypervisor. */
export interface Readiness {
  /** The SSH server's greeting, or "". */
  greeting: string;
  /** Whether the TCP port that was asked for is open. */
  open: boolean;
  /** Whether cloud-init said on the console that it has finished. */
  cloudInit: boolean;
  /** Whether its SSH host keys stand on the console. */
  keys: boolean;
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
  const log = `${guestFolder}/${question.name}/log/console`;
  return {
    name: `readiness of ${question.name}`,
    command: sh`
      ${target(question)}
      greet() {
        timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit; echo open; read -r -t 2 line <&3; printf "greeting=%s\n" "$line"' "$1" "$2" 2>/dev/null || :
      }
      ${asking(question)}
      if [ -f ${log} ] && [ ! -L ${log} ]; then
        grep -aqE 'Cloud-init v\\..* finished at' ${log} && echo finished || :
        grep -aq 'END SSH HOST KEY KEYS' ${log} && echo keys || :
        grep -aE 'cloud-init\\[[0-9]+\\]: .*(ERROR|Traceback|failed)|Failed to (start|run) .*cloud' ${log} | tail -n 3 | sed 's/^/failure=/' || :
        tail -n 12 ${log} | sed 's/\\x1b\\[[0-9;?]*[A-Za-z]//g' | tr -d '\\000-\\010\\013-\\037' | sed 's/^/console=/'
      fi`,
    parse: (output) => {
      const all = output.split("\n");
      const tagged = (tag: string) =>
        all.filter((line) => line.startsWith(tag)).map((line) => line.slice(tag.length).trim());
      return {
        greeting: tagged("greeting=")[0] ?? "",
        open: all.includes("open"),
        cloudInit: all.includes("finished"),
        keys: all.includes("keys"),
        failures: tagged("failure="),
        console: tagged("console=").filter((line) => line !== ""),
      };
    },
  };
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
