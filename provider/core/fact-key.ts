import { createHash } from "node:crypto";
import type { Fact } from "./fact";
import { text } from "./shell";

/** Two facts with one command are the same fact, whichever kind needs it. */
export function keyOf(fact: Fact<unknown>): string {
  return `${fact.name} ${createHash("sha1").update(text(fact.command)).digest("hex")}`;
}
