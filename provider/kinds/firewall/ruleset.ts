import type { Family, SeenRule } from "./rule";

/** A table of a packet filter: chains that can jump to each other. */
export interface Ruleset {
  /** The program and its name for the table: "iptables filter", "nft inet filter". */
  name: string;
  /** Undefined means both families. */
  family?: Family;
  chains: Readonly<Record<string, FilterChain>>;
}

export interface FilterChain {
  /** The hook at which packets enter the chain: "forward". Absent when only jumps lead to it. */
  hook?: string;
  /** "accept", "drop" */
  policy?: string;
  rules: readonly SeenRule[];
}
