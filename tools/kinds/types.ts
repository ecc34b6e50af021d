import type { z } from "zod";
import { hostRef } from "../../provider/core/kind";

/** A type, as TypeScript writes it. */
export interface Type {
  /** In the arguments of a program, where each value may be an output of another resource. */
  input: string;
  /** As plain values: in the outputs. */
  output: string;
  /** As plain values, with the resources that a program gives: on a page. */
  page: string;
}

/** @param names the type of the objects in the schema, and the class whose instances stand for its values */
export function typeOf(
  schema: z.core.$ZodType,
  names: { object?: string | undefined; resource?: string | undefined },
): Type {
  const { def } = (schema as z.ZodType)._zod as { def: z.core.$ZodTypes["_zod"]["def"] };
  const of = (inner: z.core.$ZodType) => typeOf(inner, names);
  if (def.type === "optional") return of(def.innerType);
  if (def.type === "array") return listOf(of(def.element));
  if (names.resource) return { input: names.resource, output: named(schema, def.type), page: names.resource };
  if (def.type === "union") return joined(def.options.map(of));
  if (def.type === "object") return objectType(names.object);
  if (def.type === "enum") return same(literals(Object.values(def.entries)));
  if (def.type === "literal") return same(literals(def.values));
  return same(named(schema, def.type));
}

/** Whether a value may be absent. */
export function isOptional(schema: z.core.$ZodType): boolean {
  return (schema as z.ZodType).def.type === "optional";
}

/** The object within a schema: that of an optional argument, or of the items of a list. */
export function objectIn(schema: z.core.$ZodType): z.ZodObject | undefined {
  const { def } = (schema as z.ZodType)._zod as { def: z.core.$ZodTypes["_zod"]["def"] };
  if (def.type === "object") return schema as z.ZodObject;
  if (def.type === "optional") return objectIn(def.innerType);
  return def.type === "array" ? objectIn(def.element) : undefined;
}

function objectType(name: string | undefined): Type {
  if (name) return { ...same(name), input: `${name}Args` };
  throw new Error("an object within the arguments must be a constant of its own: its name is the name of the type");
}

function named(schema: z.core.$ZodType, type: string): string {
  if (schema === hostRef) return "HostRef";
  if (["string", "number", "boolean", "unknown"].includes(type)) return type;
  throw new Error(`tools/kinds/types.ts has no type of TypeScript for the schema ${type}. Add it`);
}

function same(type: string): Type {
  return { input: type, output: type, page: type };
}

function listOf({ input, output, page }: Type): Type {
  const list = (type: string) => (type.includes(" | ") ? `(${type})[]` : `${type}[]`);
  return { input: `pulumi.Input<${input}>[]`, output: list(output), page: list(page) };
}

function joined(types: readonly Type[]): Type {
  const join = (part: keyof Type) => types.map((type) => type[part]).join(" | ");
  return { input: join("input"), output: join("output"), page: join("page") };
}

function literals(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(" | ");
}
