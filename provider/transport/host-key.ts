import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ServerHostKeyAlgorithm } from "ssh2";
import { HostUnreachable, UserError } from "../errors";
import { judge, type KnownHost, knownTypes, lookupName, parseKnownHosts } from "./known-hosts";
import { fingerprint, publicKeyText, publicKeyType } from "./public-key";
import { display, type Route } from "./route";

/** Decides whether a host is the one that it should be. */
export interface HostKeyCheck {
  /** What we ask the host for, best first: types that we know a key of come before the others. */
  algorithms: ServerHostKeyAlgorithm[];
  /** @throws HostUnreachable when the key is not to be trusted */
  verify(key: Buffer): void;
}

/** No SHA-1: `ssh-rsa` names a signature that can be forged; RSA keys sign as rsa-sha2. */
const algorithmsOfType: Record<string, ServerHostKeyAlgorithm[]> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

export function hostKeyCheck(route: Route): HostKeyCheck {
  return route.hostKey === undefined ? knownHostsCheck(route) : pinCheck(route, route.hostKey.trim());
}

/** Whether a key that was shown, as `ssh-ed25519 AAAA…`, is the pinned one. */
export function isPinned(pin: string, shown: string): boolean {
  return pinnedFingerprint(pin) === pinnedFingerprint(shown);
}

function pinCheck(route: Route, pin: string): HostKeyCheck {
  const wanted = pinnedFingerprint(pin);
  return {
    algorithms: order([pin.split(/\s+/)[0] ?? ""]),
    verify: (key) => {
      if (fingerprint(key) === wanted) return;
      throw new HostUnreachable(
        `${display(route)} shows the host key ${shown(key)}, but ${wanted} is pinned. Either somebody is in between, or the host was reinstalled: if so, give its new key as hostKey: "${publicKeyText(key)}".`,
      );
    },
  };
}

function pinnedFingerprint(pin: string): string {
  const [type = "", base64 = ""] = pin.trim().split(/\s+/);
  if (type.startsWith("SHA256:")) return type.replace(/=+$/, "");
  if (/^[A-Za-z0-9+/]{20,}={0,2}$/.test(base64)) return fingerprint(Buffer.from(base64, "base64"));
  throw new UserError(`hostKey "${pin}" is neither "ssh-ed25519 AAAA…" nor "SHA256:…"`);
}

function knownHostsCheck(route: Route): HostKeyCheck {
  const entries = route.knownHostsFiles.flatMap(readKnownHosts);
  const name = route.hostKeyAlias ?? route.address;
  const port = route.hostKeyAlias === undefined ? route.port : 22;
  return {
    algorithms: order(knownTypes(entries, name, port)),
    verify: (key) => {
      const verdict = judge(entries, name, port, key);
      if (verdict.is === "changed") throw changed(route, key, verdict.from);
      if (verdict.is === "revoked") throw revoked(route, key, verdict.by);
      if (verdict.is === "unknown") trustOrRefuse(route, lookupName(name, port), key);
    },
  };
}

function readKnownHosts(file: string): KnownHost[] {
  try {
    return parseKnownHosts(readFileSync(file, "utf8"), file);
  } catch {
    // Absent or unreadable: its keys are unknown, which refuses.
    return [];
  }
}

function order(types: string[]): ServerHostKeyAlgorithm[] {
  const known = types.flatMap((type) => algorithmsOfType[type] ?? []);
  return [...new Set([...known, ...Object.values(algorithmsOfType).flat()])];
}

function trustOrRefuse(route: Route, name: string, key: Buffer): void {
  const file = route.newKeysGoTo;
  if (file === undefined) throw unknown(route, key);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  appendFileSync(file, `${endOfLastLine(file)}${name} ${publicKeyText(key)}\n`, { mode: 0o600 });
}

function endOfLastLine(file: string): string {
  try {
    const text = readFileSync(file, "utf8");
    return text === "" || text.endsWith("\n") ? "" : "\n";
  } catch {
    return "";
  }
}

/** The type too: a host has a key of each, and one may have the fingerprint of another. */
function shown(key: Buffer): string {
  return `${fingerprint(key)} (${publicKeyType(key)})`;
}

function unknown(route: Route, key: Buffer): HostUnreachable {
  const port = route.port === 22 ? "" : ` -p ${route.port}`;
  return new HostUnreachable(
    `the host key of ${display(route)} is unknown: ${shown(key)}. Compare it with what the host's console says ("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" there), then log in once with ssh${port}, or give hostKey: "${publicKeyText(key)}"; "StrictHostKeyChecking accept-new" in ~/.ssh/config trusts what is seen first.`,
  );
}

function changed(route: Route, key: Buffer, from: readonly KnownHost[]): HostUnreachable {
  const lines = from.map((entry) => `${entry.file} line ${entry.line} (${fingerprint(entry.key)})`).join(", ");
  return new HostUnreachable(
    `${display(route)} shows the host key ${shown(key)}, but another is known: ${lines}. Either somebody is in between, or the host was reinstalled: if so, remove what is there ("ssh-keygen -R") and log in once with ssh.`,
  );
}

function revoked(route: Route, key: Buffer, by: KnownHost): HostUnreachable {
  return new HostUnreachable(
    `the host key ${shown(key)} of ${display(route)} is revoked by ${by.file} line ${by.line}. Give the host a new key.`,
  );
}
