import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { matchesPattern } from "./wildcard";

/** A line of a known_hosts file that we understand. */
export interface KnownHost {
  file: string;
  line: number;
  revoked: boolean;
  /** `tower,192.0.2.1`, `[tower]:2222`, `*.example.net,!bad.example.net`, or `|1|salt|hash`. */
  hosts: string;
  type: string;
  key: Buffer;
}

/** What the files say about a key that a host showed. Where there is doubt, it is not "known". */
export type Verdict =
  | { is: "known" }
  | { is: "unknown" }
  | { is: "revoked"; by: KnownHost }
  /** The host is there with other keys. */
  | { is: "changed"; from: [KnownHost, ...KnownHost[]] };

/**
 * The lines of a file. Comments, `@cert-authority` (certificates are not supported) and what cannot be understood are
 * left out: a key is then unknown, and refused.
 */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const words = raw.trim().split(/\s+/);
    const marker = words[0]?.startsWith("@") ? words.shift() : undefined;
    const [hosts = "", type = "", key = ""] = words;
    if (hosts.startsWith("#") || !/^[a-z0-9@.-]+$/.test(type) || !/^[A-Za-z0-9+/]{20,}={0,2}$/.test(key)) return [];
    if (marker !== undefined && marker !== "@revoked") return [];
    return [{ file, line: index + 1, revoked: marker === "@revoked", hosts, type, key: Buffer.from(key, "base64") }];
  });
}

/** A line with a port counts for that port; one without for every port, as with ssh, but only to say "known". */
export function judge(entries: readonly KnownHost[], host: string, port: number, key: Buffer): Verdict {
  const revoked = revokedBy(entries, host, port, key);
  if (revoked) return { is: "revoked", by: revoked };
  const [first, ...others] = entries.filter((entry) => !entry.revoked && matches(entry.hosts, lookupName(host, port)));
  if ([first, ...others].some((entry) => entry?.key.equals(key))) return { is: "known" };
  if (first) return { is: "changed", from: [first, ...others] };
  const elsewhere = entries.some(
    (entry) => !entry.revoked && matches(entry.hosts, host.toLowerCase()) && entry.key.equals(key),
  );
  return { is: elsewhere ? "known" : "unknown" };
}

/** The `@revoked` line that forbids this key for the host. */
export function revokedBy(entries: readonly KnownHost[], host: string, port: number, key: Buffer) {
  return entries.find((entry) => entry.revoked && entry.key.equals(key) && anyPort(entry, host, port));
}

/** The types of key that the files know for a host: those are asked for first, so that one of them is what it shows. */
export function knownTypes(entries: readonly KnownHost[], host: string, port: number): string[] {
  return [...new Set(entries.filter((e) => !e.revoked && anyPort(e, host, port)).map((e) => e.type))];
}

/** The name under which ssh files a host. */
export function lookupName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** The same name as HashKnownHosts writes it: who reads the file does not learn which hosts there are. */
export function hashedName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

function anyPort(entry: KnownHost, host: string, port: number): boolean {
  return matches(entry.hosts, lookupName(host, port)) || matches(entry.hosts, host.toLowerCase());
}

/** One pattern must match and none that is negated may. */
function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith("|")) return matchesHash(hosts, name);
  const patterns = hosts.toLowerCase().split(",");
  const negated = patterns.filter((pattern) => pattern.startsWith("!"));
  if (negated.some((pattern) => matchesPattern(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(pattern, name));
}

function matchesHash(hosts: string, name: string): boolean {
  const [, method, salt = "", hash = ""] = hosts.split("|");
  if (method !== "1") return false;
  const wanted = Buffer.from(hash, "base64");
  const found = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}
