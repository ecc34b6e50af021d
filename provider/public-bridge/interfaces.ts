/** What interfaces(5) is made of; comments and blank lines stay where they are. */
export type Part = Stanza | Allow | Other;

export interface Stanza {
  is: "iface";
  link: string;
  family: string;
  method: string;
  /** As they stand, comments included. */
  options: readonly string[];
}
/** `auto eth0 eth1`, `allow-hotplug eth0` */
export interface Allow {
  is: "allow";
  word: string;
  links: readonly string[];
}
export interface Other {
  is: "other";
  line: string;
}

export function parseInterfaces(content: string): Part[] {
  const parts: (Part & { options?: string[] })[] = [];
  let open: string[] | undefined;
  for (const line of content.replaceAll(/\\\n/g, " ").split("\n")) {
    const [word = "", ...rest] = line.trim().split(/\s+/);
    if (word === "iface") {
      open = [];
      const [link = "", family = "inet", method = ""] = rest;
      parts.push({ is: "iface", link, family, method, options: open });
    } else if (word === "auto" || word.startsWith("allow-")) {
      open = undefined;
      parts.push({ is: "allow", word, links: rest });
    } else if (["source", "source-directory", "mapping", "no-auto-down", "no-scripts", "rename"].includes(word)) {
      // A mapping has options as a stanza has; they are nobody's business here.
      open = undefined;
      parts.push({ is: "other", line });
    } else if (open && word !== "" && !line.startsWith("#")) open.push(line);
    else parts.push({ is: "other", line });
  }
  return parts;
}

export function printInterfaces(parts: readonly Part[]): string {
  return parts.map(text).join("\n");
}

/** The value of an option; undefined when it is not said. */
export function optionOf({ options }: Stanza, key: string): string | undefined {
  const found = options.map((line) => line.trim().split(/\s+/)).find(([word]) => word === key);
  return found?.slice(1).join(" ");
}

function text(part: Part): string {
  if (part.is === "other") return part.line;
  if (part.is === "allow") return `${part.word} ${part.links.join(" ")}`;
  return [`iface ${part.link} ${part.family} ${part.method}`, ...part.options].join("\n");
}
