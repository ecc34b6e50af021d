import { sh } from "./shell";

/**
 * Options of every curl. A URL may have a password or a token, and every user of a host can read command lines: so it
 * comes on standard input (`--config -`). Without --globoff, curl makes many URLs of one with [1-9] or {a,b}.
 */
export const curlAlways = sh`--globoff --proto =http,https --proto-redir =https --config -`;

/** A URL as a line of a curl configuration. urlArg refuses line ends. */
export function curlConfig(url: string): string {
  return `url = "${url.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** A URL for a log or an error: without user, password and token. Returns any other text as it is. */
export function withoutSecrets(url: string): string {
  if (!/^https?:/.test(url)) return url;
  return url.replace(/[?#].*/s, "").replace(/^(https?:\/\/)[^/]*@/, "$1");
}
