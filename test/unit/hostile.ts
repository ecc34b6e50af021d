import fc from "fast-check";

/** What a host that means harm may reply. */

/** What becomes syntax, or is obeyed by a terminal, where a text is handed on as it is. */
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

/** Names that a plain object has without anybody having put them there. */
export const inheritedNames = [...Object.getOwnPropertyNames(Object.prototype)];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(...inheritedNames),
);
