import type { Fact } from "../../core/fact";
import { linesOf } from "../../core/reply";
import { sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";

/** One key below /proc/sys. */
export interface Sysctl {
  state: "readable" | "absent" | "write-only";
  /** The value, with single spaces. Undefined when it cannot be read. */
  value?: string;
  /** The files of sysctl.d(5) that set the key. `sysctl --system` sets their values again. */
  files: { path: string; value: string }[];
}

/** The wishes of all resources for a key, and the value before the first wish. */
export interface Shares {
  /** Empty when the key came with a module that we loaded for it. */
  original?: string;
  wishes: { holder: string; value: string; mark: string }[];
}

export function sysctlOf(key: string): Fact<Sysctl> {
  const file = `/proc/sys/${key}`;
  return {
    name: `sysctl ${key}`,
    command: sh`
      if [ -r ${file} ]; then echo readable; elif [ -e ${file} ]; then echo write-only; else echo absent; fi
      if [ -r ${file} ] && value=$(cat ${file} 2>/dev/null); then printf 'value=%s\\n' "$(printf %s "$value" | tr -s '[:space:]' ' ')"; fi
      for folder in /usr/lib /usr/local/lib /run /etc; do
        grep -sH "=" "$folder"/sysctl.d/*.conf | grep -E ${pattern(key)} || :
      done
      grep -sH "=" /etc/sysctl.conf | grep -E ${pattern(key)} || :`,
    parse: parseSysctl,
    afterReboot: { state: "readable", files: [] },
  };
}

/** The folder of a key's wishes: `original`, and a file for each holder with its value and its mark. */
export function shareFolder(key: string): string {
  return `${stateFolder}/shared/sysctl/${key}`;
}

export function sharesOf(key: string): Fact<Shares> {
  return {
    name: `shares of ${key}`,
    command: sh`
      for file in ${shareFolder(key)}/*; do
        if [ -f "$file" ]; then printf '@%s\\n' "\${file##*/}"; sed 's/^/=/' "$file"; fi
      done`,
    parse: parseShares,
    afterReboot: { wishes: [] },
  };
}

/**
 * The key as a path. As in sysctl(8), the first "." or "/" is the separator. If that is ".", a "/" stands for a dot in
 * a name.
 */
export function canonicalKey(key: string): string {
  const [first] = /[./]/.exec(key) ?? [];
  return first === "." ? key.replaceAll(/[./]/g, (c) => (c === "." ? "/" : ".")) : key;
}

export function squeezed(value: string): string {
  return value.trim().replaceAll(/\s+/g, " ");
}

function parseSysctl(output: string): Sysctl {
  const [first = "", ...rest] = linesOf(output);
  const value = rest.find((line) => line.startsWith("value="))?.slice("value=".length);
  const files = rest
    .map((line) => /^(\/[^:]+):[^=]*=(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, path = "", value = ""]) => ({ path, value: squeezed(value) }));
  const state = states.find((state) => state === first);
  if (state === undefined) throw new Error(`"${first}" does not say whether there is such a setting`);
  return { state, ...(value !== undefined && { value: squeezed(value) }), files };
}

const states = ["readable", "absent", "write-only"] as const;

function parseShares(output: string): Shares {
  const files = linesOf(output)
    .join("\n")
    .split(/^@/m)
    .slice(1)
    .map((part) => part.split(/\n=?/));
  const original = files.find(([name]) => name === "original");
  const wishes = files
    .filter(([name]) => name !== "original")
    .map(([holder = "", value = "", mark = ""]) => ({ holder, value, mark }));
  return { ...(original && { original: original[1] ?? "" }), wishes };
}

/** Matches a line of a sysctl.d file that sets the key, in either spelling. `grep -H` puts the path before the line. */
function pattern(key: string): string {
  const literal = key.replaceAll(/[^A-Za-z0-9_]/g, (c) => (c === "." || c === "/" ? "[./]" : `[${c}]`));
  return `^[^:]*:[[:space:]]*-?[[:space:]]*${literal}[[:space:]]*=`;
}
