import { createHash } from "node:crypto";

/** A pinned host key: its fingerprint, and its type when the pin names it. */
export interface Pin {
  type?: string;
  fingerprint: string;
}

/** A pin of half the length of the key. It begins with the type, so that we ask the host for a key of that type. */
export function shortPin(key: string): string | undefined {
  const [type, base64] = key.split(" ");
  if (!type || !base64) return undefined;
  const print = fingerprint(Buffer.from(base64, "base64"));
  return type === "ssh-ed25519" ? print : `${type} ${print}`;
}

/** Reads every form of a pin: `ssh-ed25519 AAAA…`, `SHA256:…`, and the form of {@link shortPin}. */
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
