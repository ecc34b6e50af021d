import { homedir, userInfo } from "node:os";

/** What the percent signs in a file's name stand for. */
export interface Tokens {
  host: string;
  user: string;
  /** What the user calls the host. */
  name: string;
}

/** `~`, `${VARIABLE}` and the tokens that make sense in a path, as in `~/.ssh/keys/%h`. */
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
