import { createHash } from "node:crypto";
import type { Fact } from "./fact";
import { text } from "./shell";

/** The same command is the same fact, whichever kind asks for it. */
export function keyOf(fact: Fact<unknown>): string {
  return `${fact.name} ${createHash("sha1").update(text(fact.command)).digest("hex")}`;
}
