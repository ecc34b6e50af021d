import type { Hypervisor } from "../lab/hypervisor";

/**
 * A moment of a run. Either the nth command that its scripts call on the host: counted over all commands, over one
 * tool, or over the commands of the change itself ("apply"). There the host stops and waits, so that something can
 * happen, or this command fails. Or the time when a shell condition becomes true; then nothing waits.
 */
export type Moment = { nth: number; of?: string; fails?: boolean } | { when: string };

/** The numbers of calls. */
export interface Calls {
  all: number;
  apply: number;
}

export interface Moments {
  /** Counts calls from now on, until the moment comes. */
  watch(moment?: Moment): Promise<void>;
  /** Resolves when the moment comes. False when the run ended before. */
  held(): Promise<boolean>;
  /** Lets the run continue, without another stop. */
  release(): Promise<void>;
  /** Call it after the run. The calls are lost when the host rebooted in between. */
  end(): Promise<Calls>;
}

const folder = "/run/campaign";
/** The first folder of every user's PATH. */
const shimFolder = "/usr/local/sbin";

/** Tools that change something, in the scripts of every network backend. */
const tools = [
  ...["ip", "mv", "mkdir", "rm", "ln", "cp", "sync", "systemd-run", "systemctl"],
  ...["networkctl", "ifup", "ifdown", "nmcli", "netplan"],
];

export async function momentsOf(tower: Hypervisor): Promise<Moments> {
  let [condition, waited] = ["false", false];
  await tower.exec(install, { input: shim });
  return {
    watch: async (moment) => {
      waited = moment !== undefined;
      condition = moment && "when" in moment ? moment.when : `[ -e ${folder}/held ]`;
      await tower.exec(`rm -rf ${folder}; mkdir -p ${folder}; echo ${wished(moment)} >${folder}/at`);
    },
    held: async () =>
      (await tower.exec(
        `until { ${condition}; }; do [ ! -e ${folder}/over ] || { echo over; break; }; sleep 0.02; done`,
      )) === "",
    release: async () => void (await tower.exec(`mkdir -p ${folder}; touch ${folder}/go`)),
    end: async () => {
      const calls = (await tower.exec(`cat ${folder}/calls 2>/dev/null || :`))
        .split("\n")
        .filter((line) => line !== "");
      await tower.exec(waited ? `mkdir -p ${folder}; touch ${folder}/over` : `rm -rf ${folder}`);
      return { all: calls.length, apply: calls.filter((call) => call.endsWith(" apply")).length };
    },
  };
}

function wished(moment?: Moment): string {
  if (!moment || "when" in moment) return "0 count";
  return [moment.nth, moment.fails ? "fail" : "hold", moment.of ?? ""].join(" ");
}

const install = `cat >${shimFolder}/.shim; chmod 755 ${shimFolder}/.shim
for tool in ${tools.join(" ")}; do
  ! [ -x /usr/sbin/$tool ] && ! [ -x /usr/bin/$tool ] || ln -sf .shim ${shimFolder}/$tool
done`;

/** Counts only calls of our own scripts: they come over SSH or from one of our units. It stops a run for at most 10 s. */
const shim = `#!/bin/sh
tool=\${0##*/}
real=/usr/sbin/$tool
[ -x "$real" ] || real=/usr/bin/$tool
if read -r nth mode of <${folder}/at; then
  case "$(cat /proc/self/cgroup)" in
    *pulumi-kvm-*|*ssh*|*session-*)
      part=other
      case "$(tr '\\0' ' ' <"/proc/$PPID/cmdline")" in *change/apply.sh*) part=apply ;; esac
      echo "$tool $part" >>${folder}/calls
      case " $tool $part " in *" $of "*) ;; *) [ -z "$of" ] || mode=count ;; esac
      if [ "$(grep -c -- "$of" ${folder}/calls)" -ge "$nth" ] && [ $mode != count ] && /bin/mkdir ${folder}/once; then
        if [ $mode = fail ]; then touch ${folder}/held; echo "$tool: this call was made to fail" >&3; exit 1; fi
        touch ${folder}/held
        tries=0
        while ! [ -e ${folder}/go ] && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
      fi ;;
  esac
fi 3>&2 2>/dev/null
exec "$real" "$@"
`;
