import { homedir, userInfo } from "node:os";
import { UserError } from "../core/errors";
import { settingErrors } from "./errors";

/** The settings of a host in ~/.ssh/config and /etc/ssh/ssh_config: keys in lower case, the first value of each. */
export type Settings = Record<string, string | string[]>;

/** The values of the percent tokens in a file name. */
export interface Tokens {
  host: string;
  user: string;
  /** The user's name for the host. */
  name: string;
}

/** Expands `~`, `${VARIABLE}` and the tokens that make sense in a path, as in `~/.ssh/keys/%h`. */
export function expand(path: string, { host, user, name }: Tokens): string {
  const values: Record<string, string> = {
    "%%": "%",
    "%h": host,
    "%r": user,
    "%n": name,
    "%d": homedir(),
    "%u": userInfo().username,
  };
  return path
    .replace(/^~(?=\/|$)/, homedir())
    .replaceAll(/\$\{(\w+)\}/g, (_, variable: string) => process.env[variable] ?? "")
    .replaceAll(/%./g, (token) => values[token] ?? token);
}

/**
 * Expands the tokens of a ProxyCommand for a shell. Their values may come from a program or a state. A user may have
 * put quotes around them, so we cannot quote them here. We refuse a value that a shell could take for more than a name.
 */
export function expandCommand(command: string, { host, user, name, port }: Tokens & { port: number }): string {
  const values: Record<string, string> = { "%%": "%", "%h": host, "%n": name, "%p": `${port}`, "%r": user };
  return command.replaceAll(/%./g, (token) => {
    const value = values[token];
    if (value === undefined) throw unusable(`unknown token ${token}. Use %h, %p, %r, %n or %%`);
    if (token === "%%" || /^[A-Za-z0-9_.:[\]][A-Za-z0-9_.:%@+[\]-]*$/.test(value)) return value;
    throw unusable(`${JSON.stringify(value)} in place of ${token} is not safe in a shell`);
  });
}

function unusable(reason: string): UserError {
  return new UserError(settingErrors.proxyCommand(`ProxyCommand: ${reason}`));
}

/** The agent's socket: IdentityAgent may be `none`, `SSH_AUTH_SOCK`, `$VARIABLE` or a path. */
export function identityAgent(setting: string | undefined, tokens: Tokens): string | undefined {
  if (setting === "none") return undefined;
  if (setting === undefined || setting === "SSH_AUTH_SOCK") return process.env.SSH_AUTH_SOCK || undefined;
  if (/^\$\w+$/.test(setting)) return process.env[setting.slice(1)] || undefined;
  return expand(setting, tokens);
}

export function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

export function list(value: string | string[] | undefined): string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}

export function yes(value: string | string[] | undefined): boolean {
  return single(value)?.toLowerCase() === "yes";
}
