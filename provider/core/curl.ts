import { sh } from "./shell";

/**
 * What curl is always told. A URL may hold a password or a token, and each user of a host can read command lines: so it
 * comes by `--config -`, on standard input. curl makes many URLs of one with [1-9] or {a,b}, unless it is told not to.
 */
export const curlAlways = sh`--globoff --proto =http,https --proto-redir =https --config -`;

/** A URL as a line of curl's configuration. It holds no line end: see urlArg. */
export function curlConfig(url: string): string {
  return `url = "${url.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** A URL as it may stand in a log or an error: without a user, a password or a token. What is no URL stays. */
export function withoutSecrets(url: string): string {
  if (!/^https?:/.test(url)) return url;
  return url.replace(/[?#].*/s, "").replace(/^(https?:\/\/)[^/]*@/, "$1");
}
