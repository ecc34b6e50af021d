import { createHash, randomBytes } from "node:crypto";

/**
 * Names and MAC addresses that stay the same for a stack and a resource, so that a run finds the objects of an interrupted
 * one. They derive from the owner's uid, because names of projects and stacks are not unique on a shared host.
 */

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** IFNAMSIZ is 16 with the closing NUL (linux/if.h). */
export const longestLinkName = 15;

/** The uid of a new owner: 50 random bits. */
export function newUid(): string {
  return base32(randomBytes(16)).slice(0, 10);
}

/** A value that differs from the last one. */
export function newRevision(): string {
  return newUid().slice(0, 4);
}

/** An interface name of at most 15 bytes: the end of the path for people, and a hash to be unique. */
export function linkName(uid: string, kind: string, path: string): string {
  const readable = slug(path.split("/").at(-1) ?? "").slice(0, 8);
  return `${readable || "kvm"}-${hash(uid, kind, path).slice(0, 6)}`;
}

/** A name for a unit, a file or a chain: readable, and unique on the host. */
export function objectName(uid: string, kind: string, path: string): string {
  const readable = slug(path.split("/").reduce(below, "")).slice(0, 24);
  return `${readable || "kvm"}-${hash(uid, kind, path).slice(0, 8)}`;
}

/** Parts of a component mostly have its name already: lab/lab-deb1 becomes lab-deb1. */
function below(above: string, name: string): string {
  return above === "" || name.startsWith(`${above}-`) ? name : `${above}-${name}`;
}

/** A locally administered unicast MAC address (IEEE 802c: second hex digit 2, 6, a or e). */
export function macAddress(uid: string, kind: string, path: string): string {
  const bytes = createHash("sha256").update(`${uid}\0${kind}\0${path}`).digest().subarray(0, 6);
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** The SHA-256 of a text, in hex. Files are compared with those on the host by it. */
export function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

function hash(...parts: string[]): string {
  return base32(createHash("sha256").update(parts.join("\0")).digest());
}

function slug(value: string): string {
  return value
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}

function base32(bytes: Uint8Array): string {
  return [...bytes].map((byte) => alphabet[byte & 31]).join("");
}
