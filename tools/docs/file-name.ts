/** The name of a kind in the names of its files: FirewallRule is in firewall-rule.ts and firewall-rule.md. */
export function fileName(kind: string): string {
  return kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
}
