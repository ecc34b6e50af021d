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

/** The verdict of the files on a key that a host showed. In doubt, it is not "known". */
export type Verdict =
  | { is: "known" }
  | { is: "unknown" }
  | { is: "revoked"; by: KnownHost }
  /** The files have other keys for the host. */
  | { is: "changed"; from: [KnownHost, ...KnownHost[]] };

/**
 * The lines of a file, without comments, `@cert-authority` (certificates are not supported) and lines that we do not
 * understand. A key on such a line is unknown, so we refuse it.
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

/**
 * A line with a port counts for that port. A line without a port counts for port 22. For other ports, as with ssh, such
 * a line can only make a key "known".
 */
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

/** The key types that the files have for a host. We ask for them first, so that the host shows a known key. */
export function knownTypes(entries: readonly KnownHost[], host: string, port: number): string[] {
  return [...new Set(entries.filter((e) => !e.revoked && anyPort(e, host, port)).map((e) => e.type))];
}

/** The name of a host in known_hosts. */
export function lookupName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** The name as HashKnownHosts writes it, so that a reader of the file does not learn the names of hosts. */
export function hashedName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

function anyPort(entry: KnownHost, host: string, port: number): boolean {
  return matches(entry.hosts, lookupName(host, port)) || matches(entry.hosts, host.toLowerCase());
}

/** One pattern must match, and no negated pattern may match. */
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
