import type { Kind } from "../../provider/core/kind";
import type { Entry, Severity } from "../../provider/core/problem";
import type { KindDoc } from "../kinds/describe";
import type { Field } from "../kinds/object-doc";
import { codeList } from "./errors";

/** Markdown from what the sources say. */

const made = "<!-- Made by tools/docs.ts from the sources' comments: npm run docs -->";

/** @param errors the kinds of failure that only some kinds raise, this one among them */
export function page(doc: KindDoc, errors: readonly Entry<Severity>[]): string {
  const { kind } = doc;
  const blocks = [
    made,
    `# ${kind.name}`,
    doc.purpose,
    `\`\`\`ts\n${doc.example}\n\`\`\``,
    "## Arguments",
    table(
      ["Argument", "Type", "Meaning", "Default", "Effect of a change"],
      doc.args.fields.map((one) => argument(kind, one)),
    ),
    ...doc.parts.flatMap((part) => [
      `### ${part.name}`,
      part.purpose,
      table(["Field", "Type", "Meaning", "Default"], part.fields.map(field)),
    ]),
    "## Outputs",
    kind.args
      ? "The output `host` has the arguments."
      : "Each argument is also an output. The output has the actual value on the host.",
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

function argument(kind: Kind, one: Field): string[] {
  return [...field(one), impact(kind, one.name)];
}

function field({ name, type, isRequired, purpose, default: fallback }: Field): string[] {
  return [`\`${name}\``, code(ofProgram(type.page)), purpose, isRequired ? "**required**" : (fallback ?? "")];
}

/** A type of its own, such as HostRef, does not help a reader here. */
function ofProgram(type: string): string {
  if (type === "HostOrGuest") return "Host | Guest";
  return /^Host(Ref|Facts)$/.test(type) ? "object" : type;
}

function impact(kind: Kind, name: string): string {
  if (name === "host" || name === "from") return "replacement, if it is another machine";
  return { live: "update in place", restart: "restart of the guest", replace: "replacement" }[
    kind.impact[name] ?? "live"
  ];
}

/** Those that are not arguments too. */
function outputs({ kind, args, outputs, getters = {} }: KindDoc): string[][] {
  const given = kind.args ? [] : args.fields.map(({ schemaName }) => schemaName);
  const own = outputs.filter(({ name }) => !given.includes(name));
  return [
    ...own.map(({ name, type, purpose }) => [`\`${name}\``, code(ofProgram(type)), purpose]),
    ...Object.entries(getters).map(([name, purpose]) => [`\`${name}\``, code("Host"), purpose]),
    ["`revision`", code("string"), revision],
  ];
}

/** As in the comment of provider/core/resource.ts. */
const revision = "Changes on every create and update. Give it to the `triggers` of a Probe to run the probe again.";

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
