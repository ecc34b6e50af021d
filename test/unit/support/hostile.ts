import fc from "fast-check";

/** Replies that a malicious host may send. */

/** Texts that become syntax, or that a terminal obeys, when they are passed on unchanged. */
const pieces = [
  "\n",
  "\r",
  "\t",
  " ",
  "\u0000",
  "\u0007",
  "\u001b[2J",
  "\u001b]0;title\u0007",
  "\u001b]0;no end",
  "\u001bc",
  "\u009b31m",
  "\u009d0;title\u009c",
  "\u007f",
  "\u0085",
  "\u202e",
  "\u2066",
  "\u2028",
  "\ud800",
  "\n  ProxyCommand touch pwned\n  #",
  "'; touch pwned; '",
  "$(touch pwned)",
  "`touch pwned`",
  "%h",
  "\\",
  '"',
  "=",
  ":",
  "@",
  "/",
  "../",
  "a",
  "br0",
  "0",
];

/** Names that every plain object inherits. */
export const inheritedNames = [...Object.getOwnPropertyNames(Object.prototype)];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(...inheritedNames),
);

/** One change of a reply: its place, and the new text. */
export interface Spoiling {
  where: number;
  how: "text" | "type" | "key" | "cut" | "insert";
  text: string;
}

export const spoilings: fc.Arbitrary<Spoiling[]> = fc.array(
  fc.record({
    where: fc.nat(),
    how: fc.constantFrom("text", "text", "text", "type", "key", "cut", "insert" as const),
    text: hostileText,
  }),
  { minLength: 1, maxLength: 4 },
);

/** A reply of the right shape with hostile texts or wrong types in it, or a truncated reply. */
export function spoilt(reply: string, all: readonly Spoiling[]): string {
  return all.reduce(spoiltOnce, reply);
}

function spoiltOnce(reply: string, spoiling: Spoiling): string {
  const { where, how, text } = spoiling;
  if (how === "cut") return reply.slice(0, where % (reply.length + 1));
  const parts = reply.split(/(\n)/);
  const at = where % parts.length;
  const part = parts[at] ?? "";
  const document = read(reply) ?? read(part);
  if (document !== undefined && how !== "insert") {
    const changed = JSON.stringify(changedIn(document, spoiling));
    return read(reply) === undefined ? parts.with(at, changed).join("") : changed;
  }
  const place = (where * 7919) % (part.length + 1);
  // A text after "=" or a blank is a value, and is replaced as a whole.
  const value = /[= ]/.exec(part);
  const changed =
    how === "text" && value ? part.slice(0, value.index + 1) + text : part.slice(0, place) + text + part.slice(place);
  return parts.with(at, changed).join("");
}

function read(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const wrongTypes = [null, 0, -1, 1e308, true, "", [], {}, [null], [{}], [[]], { nftables: null }];

/** The document with one of its places changed. */
function changedIn(document: unknown, { where, how, text }: Spoiling): unknown {
  const places = placesIn(document).filter(({ value }) => how !== "text" || typeof value === "string");
  const { path } = places[where % Math.max(places.length, 1)] ?? { path: [] };
  const value = how === "type" ? wrongTypes[where % wrongTypes.length] : text;
  return replaced(document, path, how === "key" ? text : undefined, value);
}

interface Place {
  path: string[];
  value: unknown;
}

function placesIn(value: unknown, path: string[] = []): Place[] {
  const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [{ path, value }, ...inner.flatMap(([key, one]) => placesIn(one, [...path, key]))];
}

function replaced(document: unknown, [key, ...rest]: string[], name: string | undefined, value: unknown): unknown {
  if (key === undefined) return name === undefined ? value : document;
  if (Array.isArray(document))
    return document.map((one, i) => (String(i) === key ? replaced(one, rest, name, value) : one));
  const entries = Object.entries(document as object).map(([own, inner]) => {
    if (own !== key) return [own, inner];
    return rest.length === 0 && name !== undefined ? [name, inner] : [own, replaced(inner, rest, name, value)];
  });
  return Object.fromEntries(entries);
}

/** All texts in a value, at any depth, names included. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}
