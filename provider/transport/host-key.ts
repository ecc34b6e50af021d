import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ServerHostKeyAlgorithm } from "ssh2";
import { HostUnreachable, UserError } from "../core/errors";
import { fingerprint, type Pin, readPin } from "../core/host-key-pin";
import { allowed } from "./algorithms";
import { hostKeyErrors } from "./errors";
import { hashedName, judge, type KnownHost, knownTypes, lookupName, parseKnownHosts, revokedBy } from "./known-hosts";
import { publicKeyText, publicKeyType, rsaBits } from "./public-key";
import { isRevokedBy } from "./revoked-keys";
import { display, type Route } from "./ssh-route";

/** Decides whether a host is the expected one. */
export interface HostKeyCheck {
  /** The algorithms that we ask the host for, best first. Types of known keys come before the others. */
  algorithms: ServerHostKeyAlgorithm[];
  /** @throws HostUnreachable when we cannot trust the key */
  verify(key: Buffer): void;
}

/** Without SHA-1: `ssh-rsa` names a signature that can be forged. RSA keys sign with rsa-sha2. */
const algorithmsOfType: Record<string, ServerHostKeyAlgorithm[]> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/** A revocation of a key overrides everything that trusts the key, even a pin. */
export function hostKeyCheck(route: Route): HostKeyCheck {
  const entries = route.knownHostsFiles.flatMap(readKnownHosts);
  const name = route.hostKeyAlias ?? route.address;
  const port = route.hostKeyAlias === undefined ? route.port : 22;
  const isTrusted = route.hostKey === undefined ? knownHostsCheck(entries, route, name, port) : pinCheck(route);
  return {
    algorithms: isTrusted.algorithms,
    verify: (key) => {
      const by = revokedBy(entries, name, port, key);
      if (by) throw revoked(route, key, `${by.file} line ${by.line}`);
      for (const file of route.revokedKeysFiles) if (isRevokedBy(file, key)) throw revoked(route, key, file);
      if ((rsaBits(key) ?? Infinity) < route.requiredRsaBits) throw tooShort(route, key);
      isTrusted.verify(key);
    },
  };
}

/** Whether the key that a host showed, as `ssh-ed25519 AAAA…`, is the pinned key. */
export function isPinned(pin: string, shown: string): boolean {
  return understood(pin).fingerprint === understood(shown).fingerprint;
}

function pinCheck(route: Route): HostKeyCheck {
  const { type, fingerprint: wanted } = understood(route.hostKey ?? "");
  return {
    algorithms: order(route, type === undefined ? [] : [type]),
    verify: (key) => {
      if (fingerprint(key) === wanted) return;
      throw new HostUnreachable(
        hostKeyErrors.notPinned(
          `${display(route)} shows the host key ${shown(key)}, but ${wanted} is pinned. Either an attacker intercepts the connection, or the host was reinstalled: then give its new key as hostKey: "${publicKeyText(key)}"`,
        ),
      );
    },
  };
}

function understood(pin: string): Pin {
  const read = readPin(pin);
  if (read) return read;
  throw new UserError(
    hostKeyErrors.invalidPin(`invalid hostKey "${pin}": must have the form "ssh-ed25519 AAAA…" or "SHA256:…"`),
  );
}

function knownHostsCheck(entries: KnownHost[], route: Route, name: string, port: number): HostKeyCheck {
  return {
    algorithms: order(route, knownTypes(entries, name, port)),
    verify: (key) => {
      const verdict = judge(entries, name, port, key);
      if (verdict.is === "changed") throw changed(route, key, verdict.from);
      if (verdict.is === "unknown") trustOrRefuse(route, lookupName(name, port), key);
    },
  };
}

/**
 * An absent file has no entries. An unreadable file is an error, because it may revoke the key that the host will show.
 */
function readKnownHosts(file: string): KnownHost[] {
  try {
    return parseKnownHosts(readFileSync(file, "utf8"), file);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw new HostUnreachable(
      hostKeyErrors.fileUnusable(
        `the known hosts in ${file} cannot be read (${(error as Error).message}), so no host key can be trusted. Make the file readable, or name another one by UserKnownHostsFile in ~/.ssh/config`,
      ),
    );
  }
}

function order(route: Route, types: string[]): ServerHostKeyAlgorithm[] {
  const known = types.flatMap((type) => algorithmsOfType[type] ?? []);
  const all = allowed(route.algorithmSettings, "HostKeyAlgorithms");
  return [...new Set([...known.filter((one) => all.some((other) => other === one)), ...all])];
}

function trustOrRefuse(route: Route, name: string, key: Buffer): void {
  const file = route.newKeysGoTo;
  if (file === undefined) throw unknown(route, key);
  const filed = route.hashKnownHosts ? hashedName(name) : name;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    appendFileSync(file, `${endOfLastLine(file)}${filed} ${publicKeyText(key)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new HostUnreachable(
      hostKeyErrors.fileUnusable(
        `the host key of ${display(route)} cannot be added to ${file} (${(error as Error).message}). Make the file writable, or give hostKey: "${publicKeyText(key)}"`,
      ),
    );
  }
}

function endOfLastLine(file: string): string {
  try {
    const text = readFileSync(file, "utf8");
    return text === "" || text.endsWith("\n") ? "" : "\n";
  } catch {
    return "";
  }
}

/**
 * Includes the type: a host has a key of each type, and the user may compare it with the fingerprint of another type.
 */
function shown(key: Buffer): string {
  return `${fingerprint(key)} (${publicKeyType(key)})`;
}

function unknown(route: Route, key: Buffer): HostUnreachable {
  const port = route.port === 22 ? "" : ` -p ${route.port}`;
  return new HostUnreachable(
    hostKeyErrors.unknown(
      `the host key of ${display(route)} is unknown: ${shown(key)}. Compare it on the console of the host ("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"), then log in once with ssh${port}, or give hostKey: "${publicKeyText(key)}". "StrictHostKeyChecking accept-new" in ~/.ssh/config trusts the first key of each host`,
    ),
  );
}

function changed(route: Route, key: Buffer, from: readonly KnownHost[]): HostUnreachable {
  const lines = from.map((entry) => `${entry.file} line ${entry.line} (${fingerprint(entry.key)})`).join(", ");
  return new HostUnreachable(
    hostKeyErrors.changed(
      `${display(route)} shows the host key ${shown(key)}, but another is known: ${lines}. Either an attacker intercepts the connection, or the host was reinstalled: then remove the old key ("ssh-keygen -R") and log in once with ssh`,
    ),
  );
}

function revoked(route: Route, key: Buffer, by: string): HostUnreachable {
  return new HostUnreachable(
    hostKeyErrors.revoked(
      `the host key ${shown(key)} of ${display(route)} is revoked by ${by}. Give the host a new key`,
    ),
  );
}

function tooShort(route: Route, key: Buffer): HostUnreachable {
  return new HostUnreachable(
    hostKeyErrors.tooShort(
      `the host key ${shown(key)} of ${display(route)} has ${rsaBits(key)} bits, but RequiredRSASize is ${route.requiredRsaBits}. Give the host an Ed25519 key`,
    ),
  );
}
