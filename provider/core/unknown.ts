import { isDeepStrictEqual } from "node:util";

/** In a preview, a value that is not known yet arrives as a fixed text, at any place and of any type. */

/** The text that the engine uses (pulumi/pulumi, sdk/nodejs/runtime/rpc.ts). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Path = readonly PropertyKey[];
type Properties = Record<string, unknown>;

/** Whether the value, or a part of it, is not known yet. */
export function isUnknown(value: unknown): boolean {
  return pathsOfUnknown(value).length > 0;
}

export function pathsOfUnknown(value: unknown, path: Path = []): Path[] {
  if (value === unknownValue) return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => pathsOfUnknown(inner, [...path, key]));
}

/** The properties that are completely known. */
export function knownOf(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !isUnknown(value)));
}

/**
 * Calls a function with properties that are not all known. A result that depends on an unknown is unknown itself: found by
 * two calls with different values, of different lengths too, because a text may be spread or counted. A property that is
 * unknown as a whole looks like its default meanwhile.
 */
export function throughUnknown(given: Properties, defaults: Properties, make: (given: Properties) => Properties) {
  if (!isUnknown(given)) return make(given);
  const unknown = Object.entries(given).filter(([, value]) => value === unknownValue);
  const [one, other] = ["a", "bb"].map((text) => {
    const usual = Object.fromEntries(unknown.map(([key]) => [key, replaced(defaults[key] ?? unknownValue, text)]));
    return make({ ...(replaced(given, text) as Properties), ...usual });
  });
  return { ...(common(one, other) as Properties), ...Object.fromEntries(unknown) };
}

function replaced(value: unknown, text: string): unknown {
  if (value === unknownValue) return text;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((inner) => replaced(inner, text));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, text)]));
}

function common(one: unknown, other: unknown): unknown {
  if (isDeepStrictEqual(one, other)) return one;
  if (!isRecord(one) || !isRecord(other) || !isDeepStrictEqual(Object.keys(one), Object.keys(other)))
    return unknownValue;
  if (Array.isArray(one)) return one.map((inner, i) => common(inner, other[i]));
  return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, common(inner, other[key])]));
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}
