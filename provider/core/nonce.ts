import { randomBytes } from "node:crypto";

/** A word that no host knows beforehand: it separates the results. */
export function newNonce(): string {
  return randomBytes(12).toString("hex");
}
