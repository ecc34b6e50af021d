import type { z } from "zod";
import type { Comment } from "./comment";
import type { ObjectComments } from "./object-comments";
import { isOptional, objectIn, type Type, typeOf } from "./types";

/** An object of arguments. */
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

/**
 * An object schema, and the objects within it.
 * @param defaults the constants that check fills in
 */
export function objectsOf(
  schema: z.ZodObject,
  comments: ObjectComments,
  name: string,
  defaults: Readonly<Record<string, unknown>> = {},
): [ObjectDoc, ...ObjectDoc[]] {
  const keys = Object.keys(schema.shape).filter((key) => comments.field(key).tags.internal === undefined);
  const inner = keys.flatMap((key) => innerObjects(schema.shape[key] as z.ZodType, comments.inside(key)));
  const fields = keys.map((key) => {
    const where = `${comments.name}.${key}`;
    return field(
      key,
      schema.shape[key] as z.ZodType,
      checked(comments.field(key), where),
      comments.inside(key),
      defaults,
    );
  });
  const { exactlyOneOf = [] } = (schema.meta() ?? {}) as { exactlyOneOf?: string[] };
  const sorted = [...fields.filter(({ isRequired }) => isRequired), ...fields.filter(({ isRequired }) => !isRequired)];
  return [{ name, purpose: comments.comment.text, fields: sorted, exactlyOneOf }, ...inner];
}

/** @throws when a text that users read is missing */
export function required(text: string | undefined, where: string, part = "doc comment"): string {
  if (text) return text;
  throw new Error(`${where} has no ${part}. Write one${part === "@example" ? "" : ", or mark it with @internal"}`);
}

function innerObjects(value: z.ZodType, comments: ObjectComments | undefined): ObjectDoc[] {
  const object = objectIn(value);
  if (!object || !comments) return [];
  required(comments.comment.text, `the constant ${comments.name}`);
  return objectsOf(object, comments, typeName(comments.name));
}

function field(
  key: string,
  value: z.ZodType,
  { text, tags }: Comment,
  inside: ObjectComments | undefined,
  defaults: Readonly<Record<string, unknown>>,
): Field {
  const [className = "", output = ""] = tags.resource?.split(".") ?? [];
  const resource = tags.resource === undefined ? undefined : { class: className, output };
  const fallback = tags.default ?? constantText(defaults[key]);
  return {
    ...{ name: tags.name ?? key, schemaName: key, purpose: text, default: fallback, resource },
    type: typeOf(value, { object: inside && typeName(inside.name), resource: resource?.class }),
    isRequired: !isOptional(value) && fallback === undefined,
    isOptional: isOptional(value),
    isPlain: tags.plain !== undefined,
  };
}

const knownTags = ["default", "internal", "name", "plain", "resource"];

function checked(comment: Comment, where: string): Comment {
  required(comment.text, where);
  const [unknown] = Object.keys(comment.tags).filter((tag) => !knownTags.includes(tag));
  if (unknown) throw new Error(`${where} has an unknown tag @${unknown}. Known tags: ${knownTags.join(", ")}`);
  return comment;
}

/** The type of `const userNetwork = z.strictObject(…)` is UserNetwork. */
function typeName(constant: string): string {
  return `${constant.charAt(0).toUpperCase()}${constant.slice(1)}`;
}

function constantText(value: unknown): string | undefined {
  return Array.isArray(value) && value.length === 0 ? "none" : JSON.stringify(value);
}
