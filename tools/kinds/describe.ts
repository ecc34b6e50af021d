import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import type { Kind } from "../../provider/core/kind";
import { kinds } from "../../provider/kinds";
import { type Definition, gettersIn, type MemberComment, type ObjectComments, openSources } from "./comments";
import { type Example, exampleOf } from "./examples";
import { isOptional, objectIn, type Type, typeOf } from "./types";

/**
 * A kind as its sources describe it. The structure comes from its schema, and the texts from the comments in the schema.
 * The class of the kind and its page in docs/kinds are made from it, so that nobody writes an argument twice.
 */
export interface KindDoc {
  kind: Kind;
  /** The path of its definition without the ending: provider/kinds/link/tap */
  stem: string;
  purpose: string;
  example: Example | undefined;
  args: ObjectDoc;
  /** The objects within the arguments, in the order of their use. */
  parts: ObjectDoc[];
  outputs: Output[];
  /** The getters of its class that are written by hand, with their comments. Undefined if there is no such class. */
  getters: Readonly<Record<string, string>> | undefined;
  /** The kinds of failure that its code can reach, such as "linkErrors.wrongType". */
  failures: string[];
}

export interface ObjectDoc {
  /** The name of its type: "Nic" */
  name: string;
  purpose: string;
  /** In the order of the schema, the required ones first. */
  fields: Field[];
  exactlyOneOf: readonly string[];
}

export interface Field {
  /** Its name in a program. */
  name: string;
  schemaName: string;
  purpose: string;
  default: string | undefined;
  type: Type;
  /** Whether a program must give it. */
  isRequired: boolean;
  /** Whether it can be absent after the defaults are filled in. */
  isOptional: boolean;
  /** The class that a program gives, and its output that the provider gets. */
  resource: { class: string; output: string } | undefined;
  /** Whether it must be known before the program runs. */
  isPlain: boolean;
}

/** A property of the class. */
export interface Output extends Pick<MemberComment, "name" | "type" | "isOptional"> {
  purpose: string;
  /** The file that declares its type, without the ending, if that is not a part. */
  from: string | undefined;
}

export function describeKinds(checkout: string): KindDoc[] {
  const sources = openSources(checkout);
  return kinds.map((kind) => describe(checkout, kind, sources.definition(kind.name)));
}

function describe(checkout: string, kind: Kind, definition: Definition): KindDoc {
  const { stem, comment, failures } = definition;
  const all = objectsOf(kind.schema, definition.schema, kind.name, kind.defaults);
  const [args, ...parts] =
    kind.args && definition.args ? objectsOf(kind.args, definition.args, kind.name, kind.defaults) : all;
  const getters = gettersOf(checkout, stem);
  const given = all[0].fields.map(echoed);
  const computed = definition.outputs.map((one) => ({ ...one, purpose: required(one.text, `${stem}: ${one.name}`) }));
  return {
    ...{ kind, stem, failures, parts, getters },
    purpose: required(comment.text, `${stem}: the kind ${kind.name}`),
    example: exampleOf(checkout, kind.name, comment.tags.example),
    args: { ...args, purpose: args.purpose || `Arguments of ${/^[AEIOU]/.test(kind.name) ? "an" : "a"} ${kind.name}.` },
    outputs: [...given, ...computed].filter(({ name }) => !getters?.[name]),
  };
}

/** An object schema, and the objects within it. */
function objectsOf(
  schema: z.ZodObject,
  comments: ObjectComments,
  name: string,
  defaults: Kind["defaults"] = {},
): [ObjectDoc, ...ObjectDoc[]] {
  const inner: ObjectDoc[] = [];
  const fields = Object.keys(schema.shape).flatMap((key): Field[] => {
    const { text, tags } = comments.field(key);
    if (tags.internal !== undefined) return [];
    const value = schema.shape[key] as z.core.$ZodType;
    const purpose = required(text, `${comments.name}.${key} of ${name}`);
    const object = objectIn(value);
    const inside = object && comments.inside(key);
    if (object && inside) {
      required(inside.comment.text, `the constant ${inside.name}`);
      inner.push(...objectsOf(object, inside, typeName(inside.name)));
    }
    const [className = "", output = ""] = tags.resource?.split(".") ?? [];
    const resource = tags.resource ? { class: className, output } : undefined;
    const names = { ...(inside && { object: typeName(inside.name) }), ...(resource && { resource: className }) };
    const fallback = tags.default ?? constantText(defaults[key]);
    const optional = isOptional(value);
    return [
      {
        ...{ name: tags.name ?? key, schemaName: key, purpose, default: fallback, resource },
        type: typeOf(value, names),
        isRequired: !optional && fallback === undefined,
        isOptional: optional,
        isPlain: tags.plain !== undefined,
      },
    ];
  });
  const { exactlyOneOf = [] } = (schema.meta() ?? {}) as { exactlyOneOf?: string[] };
  const sorted = [...fields.filter(({ isRequired }) => isRequired), ...fields.filter(({ isRequired }) => !isRequired)];
  return [{ name, purpose: comments.comment.text, fields: sorted, exactlyOneOf }, ...inner];
}

/** Each argument is an output too. */
function echoed({ schemaName: name, purpose, type, isOptional, resource }: Field): Output {
  const isOther = resource && resource.output !== "ref";
  const whose = isOther
    ? ` As an output: \`${resource.output}\` of ${type.page === resource.class ? "the" : "each"} ${resource.class}.`
    : "";
  const from = type.output === "HostRef" ? "provider/core/host-ref" : undefined;
  return { name, purpose: `${purpose}${whose}`, type: type.output, isOptional, from };
}

function gettersOf(checkout: string, stem: string): KindDoc["getters"] {
  const path = join(checkout, `${stem}.base.ts`);
  return existsSync(path) ? gettersIn(path, readFileSync(path, "utf8")) : undefined;
}

/** The type of `const userNetwork = z.strictObject(…)` is UserNetwork. */
function typeName(constant: string): string {
  return `${constant.charAt(0).toUpperCase()}${constant.slice(1)}`;
}

function constantText(value: unknown): string | undefined {
  return Array.isArray(value) && value.length === 0 ? "none" : JSON.stringify(value);
}

function required(text: string, what: string): string {
  if (text !== "") return text;
  throw new Error(`${what} has no doc comment. Write one, or mark it with @internal`);
}
