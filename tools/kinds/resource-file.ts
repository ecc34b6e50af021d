import { basename, dirname, relative } from "node:path";
import type { KindDoc, Output } from "./describe";
import { docComment } from "./doc-comment";
import type { Field, ObjectDoc } from "./object-doc";

/** The text of tap.resource.ts: what a program sees of a kind. Biome formats it afterwards. */
export function resourceFile(doc: KindDoc, stems: ReadonlyMap<string, string>): string {
  const { args, parts, stem } = doc;
  const plain = plainTypes(doc);
  const body = [
    ...[args, ...parts].flatMap((one) => argsTypes(one)),
    ...parts.filter(({ name }) => plain.has(name)).map(plainType),
    classOf(doc),
  ].join("\n\n");
  const made = `// Made by tools/resources.ts from the schema in ${basename(stem)}.ts: npm run docs`;
  return `${[made, importsOf(doc, body, stems), body].join("\n\n")}\n`;
}

/** The names that a program can import from the file. */
export function exportsOf(doc: KindDoc): { value: string; types: string[] } {
  const names = [doc.args, ...doc.parts].flatMap((one) => [
    `${one.name}Args`,
    ...(one.exactlyOneOf.length > 0 ? [baseName(one), ...one.exactlyOneOf.map((field) => oneName(one, field))] : []),
  ]);
  return { value: doc.kind.name, types: [...names, ...plainTypes(doc)] };
}

/** The arguments, or one type for each of those of which exactly one is given. */
function argsTypes(object: ObjectDoc): string[] {
  const { name, purpose, fields, exactlyOneOf } = object;
  const shared = fields.filter((field) => !exactlyOneOf.includes(field.name));
  if (exactlyOneOf.length === 0) return [interfaceOf(`${name}Args`, purpose, shared.map(argument))];
  const alternatives = exactlyOneOf.map((chosen) =>
    interfaceOf(
      `${oneName(object, chosen)} extends ${baseName(object)}`,
      `Arguments of a ${name} with \`${chosen}\`.`,
      exactlyOneOf.map((key) => alternative(fields.find((field) => field.name === key) as Field, key === chosen)),
    ),
  );
  const union = exactlyOneOf.map((field) => oneName(object, field)).join(" | ");
  return [
    `${docComment(purpose, {})}\nexport type ${name}Args = ${union};`,
    interfaceOf(baseName(object), `Arguments that each ${name} can have.`, shared.map(argument)),
    ...alternatives,
  ];
}

function interfaceOf(head: string, purpose: string, members: readonly string[]): string {
  return `${docComment(purpose, {})}\nexport interface ${head} {\n${members.join("\n")}\n}`;
}

function argument({ name, purpose, default: fallback, type, isRequired, isPlain }: Field): string {
  const value = isPlain ? type.page : `pulumi.Input<${type.input}${isRequired ? "" : " | undefined"}>`;
  return `${docComment(purpose, { default: fallback }, "  ")}\n  ${name}${isRequired ? "" : "?"}: ${value};`;
}

function alternative({ name, purpose, default: fallback, type }: Field, isChosen: boolean): string {
  if (!isChosen) return `  ${name}?: undefined;`;
  return `${docComment(purpose, { default: fallback }, "  ")}\n  ${name}: pulumi.Input<${type.input} | undefined>;`;
}

/** The values in an output. */
function plainType({ name, purpose, fields }: ObjectDoc): string {
  const members = fields.map(
    ({ schemaName, purpose, default: fallback, type, isOptional }) =>
      `${docComment(purpose, { default: fallback }, "  ")}\n  ${schemaName}${isOptional ? "?" : ""}: ${type.output};`,
  );
  return interfaceOf(name, purpose, members);
}

/** The parts that occur in outputs. */
function plainTypes({ parts, outputs }: KindDoc): Set<string> {
  const found = new Set<string>();
  const look = (type: string): void => {
    for (const part of parts.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(type) && !found.has(name))) {
      found.add(part.name);
      for (const field of part.fields) look(field.type.output);
    }
  };
  for (const { type } of outputs) look(type);
  return found;
}

function classOf({ kind, purpose, example, args, outputs, getters }: KindDoc): string {
  const { name } = kind;
  const given = args.fields.filter(({ isRequired }) => isRequired).length > 0 ? `${name}Args` : `${name}Args = {}`;
  const options = kind.createBeforeDelete ? "{ deleteBeforeReplace: false, ...opts }" : "opts";
  return [
    docComment(purpose, { example }),
    `export class ${name} extends ${getters ? `${name}Base` : "Resource"} {`,
    ...outputs.map(property),
    "",
    `  constructor(name: string, args: ${given}, opts?: pulumi.CustomResourceOptions) {`,
    ...renaming(args.fields),
    `    super("${name}", name, ${propsOf(args.fields)}, ${outputNames(outputs)}, ${options});`,
    "  }",
    "}",
  ].join("\n");
}

function property({ name, purpose, type, isOptional }: Output): string {
  return `${docComment(purpose, {}, "  ")}\n  declare readonly ${name}: pulumi.Output<${type}${isOptional ? " | undefined" : ""}>;`;
}

function outputNames(outputs: readonly Output[]): string {
  const named = (source: Output["source"]) =>
    JSON.stringify(outputs.filter((one) => one.source === source).map(({ name }) => name));
  return `{ filled: ${named("filled")}, optional: ${named("optional")} }`;
}

function renaming(fields: readonly Field[]): string[] {
  const renamed = fields.filter(({ name, schemaName }) => name !== schemaName).map(({ name }) => name);
  return renamed.length > 0 ? [`    const { ${renamed.join(", ")}, ...rest } = args;`] : [];
}

/** The provider gets an output of each resource in the arguments. */
function propsOf(fields: readonly Field[]): string {
  const isRenamed = ({ name, schemaName }: Field) => name !== schemaName;
  const replaced = fields.filter(({ resource }) => resource);
  if (replaced.length === 0) return "args";
  const values = replaced.map(
    (field) =>
      `${field.schemaName}: outputOf(${isRenamed(field) ? field.name : `args.${field.name}`}, "${field.resource?.output}")`,
  );
  return `{ ...${fields.some(isRenamed) ? "rest" : "args"}, ${values.join(", ")} }`;
}

function importsOf(
  { kind, stem, getters, outputs }: KindDoc,
  body: string,
  stems: ReadonlyMap<string, string>,
): string {
  const code = body.replaceAll(/\/\*\*.*?\*\//gs, "");
  const isUsed = (name: string) => new RegExp(`\\b${name}\\b`).test(code);
  const core = ["type HostOrGuest", "outputOf", "Resource"].filter((one) => isUsed(one.replace("type ", "")));
  const classes = [...stems].filter(([name]) => name !== kind.name && isUsed(name));
  const named = new Map(outputs.flatMap(({ type, from }) => (from ? [[type, from] as const] : [])));
  const path = (to: string) => {
    const found = relative(dirname(stem), to);
    return found.startsWith(".") ? found : `./${found}`;
  };
  return [
    'import type * as pulumi from "@pulumi/pulumi";',
    ...[...named].map(([type, from]) => `import type { ${type} } from "${path(from)}";`),
    ...(core.length > 0 ? [`import { ${core.join(", ")} } from "${path("provider/core/resource")}";`] : []),
    ...classes.map(([name, of]) => `import type { ${name} } from "${path(`${of}.resource`)}";`),
    ...(getters ? [`import { ${kind.name}Base } from "${path(`${stem}.base`)}";`] : []),
  ].join("\n");
}

function baseName({ name }: ObjectDoc): string {
  return `${name}BaseArgs`;
}

function oneName({ name }: ObjectDoc, field: string): string {
  return `${name}${field.charAt(0).toUpperCase()}${field.slice(1)}Args`;
}
