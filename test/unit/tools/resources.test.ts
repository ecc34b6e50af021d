import assert from "node:assert/strict";
import { z } from "zod";
import { exactlyOne } from "../../../provider/core/validators";
import type { Comment } from "../../../tools/kinds/comment";
import { docComment } from "../../../tools/kinds/doc-comment";
import type { ObjectComments } from "../../../tools/kinds/object-comments";
import { objectsOf } from "../../../tools/kinds/object-doc";
import { typeOf } from "../../../tools/kinds/types";

describe("a doc comment of a generated class", () => {
  it("is one line if it fits into 120 characters", () => {
    assert.equal(docComment("MTU in bytes.", { default: "1500" }, "  "), "  /** MTU in bytes. @default 1500 */");
  });

  it("is wrapped otherwise, with each tag on a line of its own", () => {
    const text = "word ".repeat(40).trim();
    const lines = docComment(text, { default: "none", example: "one\n  two" }).split("\n");
    assert.ok(lines.every((line) => line.length <= 120));
    assert.deepEqual(lines.slice(-5), [" * @default none", " * @example", " * one", " *   two", " */"]);
    assert.equal(lines.slice(1, -5).join(" ").replaceAll(" * ", "").split(/ +/).length, 40);
  });
});

describe("a type of a generated class", () => {
  const cases: [z.ZodType, names: { object?: string; resource?: string }, input: string, output: string][] = [
    [z.number().int().optional(), {}, "number", "number"],
    [z.enum(["a", "b"]), {}, '"a" | "b"', '"a" | "b"'],
    [z.literal(true), {}, "true", "true"],
    [z.array(z.union([z.string(), z.number()])), {}, "pulumi.Input<string | number>[]", "(string | number)[]"],
    [z.union([z.string(), z.array(z.string())]), {}, "string | pulumi.Input<string>[]", "string | string[]"],
    [z.array(z.strictObject({})), { object: "Nic" }, "pulumi.Input<NicArgs>[]", "Nic[]"],
    [z.array(z.string()), { resource: "Disk" }, "pulumi.Input<Disk>[]", "string[]"],
  ];
  for (const [schema, names, input, output] of cases)
    it(`is ${input}, and ${output} in an output`, () => {
      const type = typeOf(schema, names);
      assert.deepEqual([type.input, type.output], [input, output]);
    });

  it("needs a name for an object within the arguments", () => {
    assert.throws(() => typeOf(z.strictObject({}), {}), /must be a constant of its own/);
  });
});

describe("the arguments of a generated class", () => {
  const commented = (fields: Record<string, Partial<Comment>>): ObjectComments => ({
    ...{ name: "schema", comment: { text: "Arguments.", tags: {} }, inside: () => undefined },
    field: (key) => ({ text: "", tags: {}, ...fields[key] }),
  });

  it("are required without a default, and those come first", () => {
    const schema = z.strictObject({ a: z.string().optional(), b: z.boolean(), c: z.string(), d: z.string() });
    const text = "Text.";
    const comments = commented({ a: { text }, b: { text }, c: { text, tags: { default: "derived" } }, d: { text } });
    const [{ fields }] = objectsOf(schema, comments, "Tap", { b: true });
    assert.deepEqual(
      fields.map(({ name, isRequired, isOptional, default: told }) => [name, isRequired, isOptional, told]),
      [
        ["d", true, false, undefined],
        ["a", false, true, undefined],
        ["b", false, false, "true"],
        ["c", false, false, "derived"],
      ],
    );
  });

  it("know of which arguments exactly one is given", () => {
    const schema = exactlyOne(z.strictObject({ a: z.string().optional(), b: z.string().optional() }), "a", "b");
    const [{ exactlyOneOf }] = objectsOf(schema, commented({ a: { text: "A." }, b: { text: "B." } }), "Nic");
    assert.deepEqual(exactlyOneOf, ["a", "b"]);
    const said = (value: object) => schema.safeParse(value).error?.issues.map(({ message }) => message);
    assert.deepEqual([said({ a: "x" }), said({})], [undefined, ["exactly one of a and b is required"]]);
  });

  it("are refused without a comment, or with a tag that nobody reads", () => {
    const schema = z.strictObject({ mtu: z.number() });
    assert.throws(() => objectsOf(schema, commented({}), "Tap"), /schema\.mtu has no doc comment/);
    const misspelt = commented({ mtu: { text: "MTU.", tags: { defualt: "1500" } } });
    assert.throws(() => objectsOf(schema, misspelt, "Tap"), /unknown tag @defualt/);
    const [{ fields }] = objectsOf(schema, commented({ mtu: { tags: { internal: "" } } }), "Tap");
    assert.deepEqual(fields, []);
  });
});
