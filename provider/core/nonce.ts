import { randomBytes } from "node:crypto";

/** A random word that separates results. No host can know it in advance. */
export function newNonce(): string {
  return randomBytes(12).toString("hex");
}
