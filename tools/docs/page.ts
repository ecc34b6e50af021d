import type { Kind } from "../../provider/core/kind";
import type { Entry, Severity } from "../../provider/core/problem";
import { codeList } from "./errors";
import type { KindDoc, Member } from "./sources";

/** Markdown from what the sources say. */

const made = "<!-- Made by tools/docs.ts from the sources' comments: npm run docs -->";

/** @param errors the kinds of failure that only some kinds raise, this one among them */
export function page(kind: Kind, doc: KindDoc, errors: readonly Entry<Severity>[]): string {
  const blocks = [
    made,
    `# ${kind.name}`,
    doc.purpose,
    example(doc),
    "## Arguments",
    table(
      ["Argument", "Type", "Meaning", "Default", "Effect of a change"],
      doc.arguments.map((member) => argument(kind, member)),
    ),
    ...doc.parts.flatMap((part) => [
      `### ${part.name}`,
      part.purpose,
      table(
        ["Field", "Type", "Meaning", "Default"],
        part.members.map((member) => field(member)),
      ),
    ]),
    "## Outputs",
    "Each argument is also an output. The output has the actual value on the host.",
    table(["Output", "Type", "Meaning"], outputs(doc)),
    ...notes(kind),
    ...codes(errors),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

export function indexPage(entries: { name: string; file: string; doc: KindDoc }[]): string {
  const rows = entries.map(({ name, file, doc }) => [`[${name}](${file})`, doc.purpose]);
  const intro =
    "A kind is a resource type of this package. [Hosts](../hosts.md) describes how the provider reaches a host. [State on the host](../state-on-the-host.md) describes its files on a host.";
  return `${[made, "# Kinds", intro, table(["Kind", "What it is"], rows)].join("\n\n")}\n`;
}

function example({ example }: KindDoc): string {
  if (!example) return "";
  const from = example.from ? `\n\nFrom [${example.from}](../../${example.from}).` : "";
  return `\`\`\`ts\n${example.code}\n\`\`\`${from}`;
}

function argument(kind: Kind, member: Member): string[] {
  return [...field(member), impact(kind, member.name)];
}

function field({ name, type, required, purpose, default: fallback }: Member): string[] {
  return [`\`${name}\``, code(type), purpose, required ? "**required**" : (fallback ?? "")];
}

function impact(kind: Kind, name: string): string {
  if (name === "host" || name === "from") return "replacement, if it is another machine";
  return { live: "update in place", restart: "restart of the guest", replace: "replacement" }[
    kind.impact[name] ?? "live"
  ];
}

/** What is an argument too needs no word here, unless the class has one. */
function outputs(doc: KindDoc): string[][] {
  const given = doc.arguments.map(({ name }) => name);
  const own = doc.outputs.filter(({ name, purpose }) => purpose !== "" || !given.includes(name));
  return own.map(({ name, type, purpose }) => [`\`${name}\``, code(type), purpose]);
}

function notes(kind: Kind): string[] {
  const said = [
    kind.boot !== undefined && `The ${kind.name} exists again after a reboot, unless \`persistent\` is false.`,
    kind.createBeforeDelete && `A replacement creates the new ${kind.name} before it deletes the old one.`,
    kind.readOnly && `A ${kind.name} creates nothing on the host. A delete only removes it from the state.`,
    kind.secrets && `The files on the host that record the desired state do not contain ${names(kind.secrets)}.`,
  ].filter((text) => text !== false && text !== undefined);
  return said.length > 0 ? ["## Good to know", said.map((text) => `- ${text}`).join("\n")] : [];
}

function names(all: readonly string[]): string {
  return all.map((name) => `\`${name}\``).join(", ");
}

function codes(errors: readonly Entry<Severity>[]): string[] {
  const everywhere =
    "Every kind can also fail with the errors of [arguments](../errors.md#arguments-and-program), [connections](../errors.md#connection-to-a-host) and [commands](../errors.md#commands-on-a-host).";
  return ["## Errors", codeList(errors, "../errors.md"), everywhere];
}

function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return "";
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`).join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function code(text: string): string {
  return `\`${text}\``;
}
