import { createHash } from "node:crypto";

/** What is known of a host's key: its fingerprint, and its type where the pin names it. */
export interface Pin {
  type?: string;
  fingerprint: string;
}

/** Half as long as the key. The type stands first, so that the host is asked for the key of that type. */
export function shortPin(key: string): string | undefined {
  const [type, base64] = key.split(" ");
  if (!type || !base64) return undefined;
  const print = fingerprint(Buffer.from(base64, "base64"));
  return type === "ssh-ed25519" ? print : `${type} ${print}`;
}

/** Reads each form of a pin: `ssh-ed25519 AAAA…`, `SHA256:…`, and what {@link shortPin} writes. */
export function readPin(pin: string): Pin | undefined {
  const [first = "", second = ""] = pin.trim().split(/\s+/);
  if (isFingerprint(first)) return { fingerprint: withoutPadding(first) };
  if (isFingerprint(second)) return { type: first, fingerprint: withoutPadding(second) };
  if (!/^[A-Za-z0-9+/]{20,}={0,2}$/.test(second)) return undefined;
  return { type: first, fingerprint: fingerprint(Buffer.from(second, "base64")) };
}

function isFingerprint(word: string): boolean {
  return /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(word);
}

function withoutPadding(print: string): string {
  return print.replace(/=+$/, "");
}

/** `SHA256:…` of a key as it goes over the wire, as ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${withoutPadding(createHash("sha256").update(key).digest("base64"))}`;
}
