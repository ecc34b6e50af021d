import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import SSHConfig, { LineType, parse } from "ssh-config";
import { UserError } from "../core/errors";
import { settingErrors } from "./errors";
import type { Settings } from "./ssh-settings";
import { matchesPattern } from "./wildcard";

export interface HostSettings {
  /** Settings from blocks that name the host itself, like `Host tower`. They are meant for this host. */
  named: Settings;
  /** All settings that ssh would apply, including those of patterns and those outside of any block. */
  all: Settings;
}

/**
 * Never runs a `Match exec`, and never asks a name server. @throws UserError for a file that it cannot read or parse
 */
export function sshSettings(host: string): HostSettings {
  const text = [
    expandFile(join(homedir(), ".ssh/config"), host),
    "Match all",
    expandFile("/etc/ssh/ssh_config", host),
  ].join("\n");
  const config = parsed(text);
  const named = config.filter((line) => line.type === LineType.DIRECTIVE && namesHost(line.param, line.value, host));
  return { named: compute(SSHConfig.from(named) as SSHConfig, host), all: compute(config, host) };
}

function namesHost(param: string, value: string | { val: string }[], host: string): boolean {
  const patterns = typeof value === "string" ? [value] : value.map(({ val }) => val);
  return /^host$/i.test(param) && patterns.includes(host);
}

function compute(config: SSHConfig, host: string): Settings {
  return config.compute({ Host: host }, { ignoreCase: true, matchExec: false });
}

function parsed(text: string): SSHConfig {
  try {
    return parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new UserError(settingErrors.unreadable(`~/.ssh/config or a file that it includes: ${reason}`));
  }
}

const deepest = 16;

/**
 * The library does not support Include. An Include inside a block counts when the block counts. The block goes on after
 * it.
 */
function expandFile(file: string, host: string, before = "", depth = 0): string {
  const lines: string[] = [];
  let block = "Match all";
  for (const line of readLines(file)) {
    if (/^\s*(host|match)[\s=]/i.test(line)) block = line;
    const include = /^\s*include[\s=]+(.*)$/i.exec(line)?.[1];
    // With CanonicalizeHostname the library would ask a name server, and wait for the answer.
    if (include === undefined) lines.push(/^\s*canonicalizehostname/i.test(line) ? "" : line);
    else if (depth < deepest && applies([before, ...lines].join("\n"), host)) {
      for (const path of includedFiles(include, dirname(file))) {
        lines.push("Match all", expandFile(path, host, [before, ...lines].join("\n"), depth + 1));
      }
      lines.push(block);
    }
  }
  return lines.join("\n");
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    // The file may protect a connection, so we must not ignore it.
    const reason = (error as Error).message;
    throw new UserError(settingErrors.unreadable(`${file} cannot be read: ${reason}. Make it readable`));
  }
}

/** Whether a line at the end of this text would apply to the host. */
function applies(text: string, host: string): boolean {
  return compute(parsed(`${text}\nPulumiKvmProbe yes\n`), host).pulumikvmprobe === "yes";
}

function includedFiles(patterns: string, folder: string): string[] {
  const words = patterns.match(/"[^"]*"|[^\s"#]+/g) ?? [];
  return words.flatMap((word) => glob(absolute(word.replaceAll('"', ""), folder)));
}

function absolute(path: string, folder: string): string {
  if (path.startsWith("~/")) return join(homedir(), path.slice(2));
  return isAbsolute(path) ? path : join(folder, path);
}

/** Expands `*` and `?` in the last part of a path, as in `config.d/*`. */
function glob(path: string): string[] {
  const folder = dirname(path);
  const last = path.slice(folder.length).replace(/^\//, "");
  if (!/[*?]/.test(last)) return [path];
  const hidden = last.startsWith(".");
  return names(folder)
    .filter((name) => matchesPattern(last, name) && (hidden || !name.startsWith(".")))
    .map((name) => join(folder, name));
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
