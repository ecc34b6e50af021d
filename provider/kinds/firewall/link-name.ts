/** Whether a rule with this name of a link matches the link: "br+" in iptables and "br*" in nft match "br0". */
export function isCovered(link: string, name: string, wildcard: "+" | "*"): boolean {
  return name === link || (name.endsWith(wildcard) && link.startsWith(name.slice(0, -1)));
}
