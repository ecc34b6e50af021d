import type { Sh } from "../../core/shell";
import type { Rule, SeenRule } from "./rule";
import type { Ruleset } from "./ruleset";

/**
 * A packet filter tool that holds our rules on a host. Pure: it makes commands as text, and parses their output.
 * Each backend is a folder in backends/, and a line in backends/index.ts.
 */
export interface FirewallBackend {
  /** In arguments, and as the first word of each line in a file of rules. Files on hosts contain it. */
  name: string;
  /** The command that it needs, and the package that has the command. */
  command: string;
  package: string;
  /** The names of its programs. The name of each ruleset begins with one of them: "nft inet filter". */
  programs: readonly string[];
  /** The rulesets in which our accept rule ends the evaluation. The host's rules in other rulesets still apply. */
  rulesets: readonly string[];
  /** A line for a file of rules. */
  render(rule: Rule, comment: string): string;
  /** Prints a line `other=NAME` for each rule or table of other programs. */
  printOthers: Sh;
  /** Prints the rules in our chains. Each program begins its part with a line `@PROGRAM`. */
  printOwn: Sh;
  /** @returns the rules in our chains, with the chain names of Rule */
  parseOwn(parts: Parts): SeenRule[];
  /** Prints all rules of the host, in parts as above. */
  printAll: Sh;
  /** @param before the rulesets of the backends before this one. A tool may print what another one has printed. */
  parseAll(parts: Parts, before: readonly Ruleset[]): Ruleset[];
  /** A rule of another program, in one line for a message. */
  describe(chain: string, rule: SeenRule): string;
  /** The functions that fill our chains from `$rules`, and the commands that call them. See apply-script.ts. */
  applyFunctions: Sh;
  apply: Sh;
  linkRules: LinkRules;
}

/** The rules of other programs that match a link by its name, as texts for people. See nic-rules.fact.ts. */
export interface LinkRules {
  /** Prints each of them in one line with its table, through the shell function `somebodys`. */
  print: Sh;
  /** For grep -E: the rules that `somebodys` leaves out: our own, and those that firewalld makes from its zones. */
  ignored: string;
  /** @param before the rules of the backends before this one */
  parse(parts: Parts, before: readonly string[]): string[];
  names(rule: string, link: string): boolean;
  /**
   * Whether the same rule exists for the bridge, or a set names both. A rule with "not the NIC" cannot have such a twin:
   * every packet would match one of the two.
   */
  isThereFor(bridge: string, nic: string, rule: string, all: readonly string[]): boolean;
}

/** The output of each program, by its name. What comes before the first name has the name "". */
export type Parts = ReadonlyMap<string, string>;
