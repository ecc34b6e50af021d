import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "../../provider/core/kind";
import { kinds } from "../../provider/kinds";
import { gettersIn } from "./comment";
import { type Definition, definitionsIn, type OutputMember } from "./definitions";
import { type Field, type ObjectDoc, objectsOf, required } from "./object-doc";

/**
 * A kind as its sources describe it. The structure comes from its schema, and the texts from the comments in the schema.
 * The class of the kind and its page in docs/kinds are made from it, so that nobody writes an argument twice.
 */
export interface KindDoc {
  kind: Kind;
  /** The path of its definition without the ending: provider/kinds/link/tap */
  stem: string;
  purpose: string;
  /** A piece of a program that makes one. It may use a variable `host`. */
  example: string;
  args: ObjectDoc;
  /** The objects within the arguments, in the order of their use. */
  parts: ObjectDoc[];
  outputs: Output[];
  /** The getters of its class that are written by hand, with their comments. Undefined if there is no such class. */
  getters: Readonly<Record<string, string>> | undefined;
  /** The kinds of failure that its code can reach, such as "linkErrors.wrongType". */
  failures: string[];
}

/** A property of the class. */
export interface Output extends Pick<OutputMember, "name" | "type" | "isOptional"> {
  purpose: string;
  /** Whether it has a value in each program, or from the provider, or perhaps none. */
  source: "given" | "filled" | "optional";
  /** The file that declares its type, without the ending, if that is not a part. */
  from: string | undefined;
}

export function describeKinds(checkout: string): KindDoc[] {
  const definitionOf = definitionsIn(checkout);
  return kinds.map((kind) => describe(checkout, kind, definitionOf(kind.name)));
}

function describe(checkout: string, kind: Kind, definition: Definition): KindDoc {
  const { stem, comment, failures, schema } = definition;
  const all = objectsOf(kind.schema, schema, kind.name, kind.defaults);
  const inProgram = kind.args && objectsOf(kind.args, definition.args ?? schema, kind.name, kind.defaults);
  const [args, ...parts] = inProgram ?? all;
  const getters = gettersOf(checkout, stem);
  const outputs = [...all[0].fields.map(echoed), ...definition.outputs.map((one) => computed(one, stem))];
  const ofArgs = `Arguments of ${/^[AEIOU]/.test(kind.name) ? "an" : "a"} ${kind.name}.`;
  return {
    ...{ kind, stem, failures, parts, getters },
    purpose: required(comment.text, `${stem}: the kind ${kind.name}`),
    example: required(comment.tags.example, `${stem}: the kind ${kind.name}`, "@example"),
    args: { ...args, purpose: args.purpose || ofArgs },
    outputs: outputs.filter(({ name }) => !getters?.[name]),
  };
}

/** Each argument is an output too. */
function echoed({ schemaName: name, purpose, type, isRequired, isOptional, resource }: Field): Output {
  const whose = resource && `${type.page === resource.class ? "the" : "each"} ${resource.class}`;
  const isReference = resource === undefined || resource.output === "ref";
  const from = type.output === "HostRef" ? "provider/core/host-ref" : undefined;
  const source = isRequired ? "given" : isOptional ? "optional" : "filled";
  return {
    ...{ name, type: type.output, isOptional, source, from },
    purpose: isReference ? purpose : `${purpose} As an output: \`${resource.output}\` of ${whose}.`,
  };
}

function computed({ name, type, isOptional, from, text }: OutputMember, stem: string): Output {
  return { name, type, isOptional, from, source: "filled", purpose: required(text, `${stem}: the output ${name}`) };
}

function gettersOf(checkout: string, stem: string): KindDoc["getters"] {
  const path = join(checkout, `${stem}.base.ts`);
  return existsSync(path) ? gettersIn(path, readFileSync(path, "utf8")) : undefined;
}
