import { globSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { failuresFrom } from "./reachable";
import { commentOf, oneLine, referencesIn } from "./syntax";

/** What the sources say of a kind, for those who use it. */
export interface KindDoc {
  purpose: string;
  arguments: Member[];
  /** Types of our own that the arguments are made of. */
  parts: { name: string; purpose: string; members: Member[] }[];
  outputs: Member[];
  example: { code: string; from?: string } | undefined;
  /** The names of the kinds of failure that its code can reach, such as "linkErrors.wrongType". */
  failures: string[];
}

export interface Member {
  name: string;
  type: string;
  required: boolean;
  purpose: string;
  default: string | undefined;
}

/** A type that a program cannot name, such as HostRef, is no help to a reader. */
function ofProgram(type: string): string {
  return /^(Omit<.*>|HostRef)$/.test(type) ? "object" : type;
}

export function openSources(checkout: string) {
  const examples = globSync(join(checkout, "examples/*/index.ts")).sort();
  const program = ts.createProgram([join(checkout, "index.ts"), join(checkout, "provider/index.ts"), ...examples], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const own = program
    .getSourceFiles()
    .filter((file) => /^(provider|components)\//.test(relative(checkout, file.fileName)));
  const statements = own.flatMap((file) => [...file.statements]);
  const interfaceOf = (name: string) =>
    statements.filter(ts.isInterfaceDeclaration).find((one) => one.name.text === name);
  const classOf = (name: string) => statements.filter(ts.isClassDeclaration).find((one) => one.name?.text === name);

  return {
    kind(name: string): KindDoc {
      const args = interfaceOf(`${name}Args`);
      const type = classOf(name);
      if (!args || !type) throw new Error(`the sources have no ${args ? `class ${name}` : `interface ${name}Args`}`);
      const members = [...carriers(type, args), ...membersOf(args)];
      return {
        purpose: comment(type),
        arguments: members,
        parts: partsOf(args).map((part) => ({
          name: part.name.text,
          purpose: comment(part),
          members: membersOf(part),
        })),
        outputs: outputsOf(type),
        example: exampleOf(type, name),
        failures: failuresFrom(checker, definitionOf(type, name)),
      };
    },
  };

  /** The call of `kind({ name: "Tap", … })`: the class is in tap.resource.ts, and the kind in tap.ts. */
  function definitionOf(type: ts.ClassDeclaration, name: string): ts.Node {
    const file = program.getSourceFile(type.getSourceFile().fileName.replace(/\.resource\.ts$/, ".ts"));
    const statements = file?.statements.filter(ts.isVariableStatement) ?? [];
    const found = statements.find((one) => one.getText().includes(`name: "${name}"`));
    if (!found) throw new Error(`there is no definition of the kind ${name} beside its class`);
    return found;
  }

  function comment(node: ts.NamedDeclaration): string {
    const symbol = node.name && checker.getSymbolAtLocation(node.name);
    return symbol ? commentOf(checker, symbol) : "";
  }

  function tag(node: ts.NamedDeclaration, wanted: string): string | undefined {
    const symbol = node.name && checker.getSymbolAtLocation(node.name);
    const found = symbol?.getJsDocTags(checker).find(({ name }) => name === wanted);
    return found && ts.displayPartsToString(found.text);
  }

  function membersOf(node: ts.InterfaceDeclaration): Member[] {
    return node.members.filter(ts.isPropertySignature).map((member) => ({
      name: member.name.getText(),
      type: typeText(member.type),
      required: !member.questionToken,
      purpose: comment(member),
      default: oneLine(tag(member, "default") ?? "") || undefined,
    }));
  }

  /** What the constructor wants beside the interface: the machine that it is on. */
  function carriers(type: ts.ClassDeclaration, args: ts.InterfaceDeclaration): Member[] {
    const [, parameter] = type.members.find(ts.isConstructorDeclaration)?.parameters ?? [];
    const known = args.members.map((member) => member.name?.getText());
    const properties = parameter ? checker.getTypeAtLocation(parameter).getProperties() : [];
    return properties
      .filter((property) => !known.includes(property.name))
      .map((property) => ({
        name: property.name,
        type: "Host | Guest",
        required: true,
        purpose: commentOf(checker, property),
        default: undefined,
      }));
  }

  /** The interfaces that the arguments name, and those that these name. */
  function partsOf(node: ts.InterfaceDeclaration, seen: ts.InterfaceDeclaration[] = []): ts.InterfaceDeclaration[] {
    for (const name of node.members.flatMap((member) => referencesIn(member))) {
      const part = interfaceOf(name);
      if (!part || part === node || seen.includes(part) || name.endsWith("Args")) continue;
      seen.push(part);
      partsOf(part, seen);
    }
    return seen;
  }

  /** The text of a type; a name that stands for a few literals is no help to a reader. */
  function typeText(node: ts.TypeNode | undefined): string {
    const text = oneLine(node?.getText() ?? "unknown");
    const alias = statements.filter(ts.isTypeAliasDeclaration).find((one) => one.name.text === text)?.type;
    if (!alias) return text;
    if (/^\|?\s*"/.test(alias.getText())) return oneLine(alias.getText());
    // An alias that is computed, such as the names of a registry.
    const computed = checker.getTypeAtLocation(alias);
    const parts = computed.isUnion() ? computed.types : [computed];
    return parts.every((one) => one.isStringLiteral())
      ? parts.map((one) => JSON.stringify(one.value)).join(" | ")
      : text;
  }

  function outputsOf(type: ts.ClassDeclaration): Member[] {
    const base = classOf("Resource");
    const members = [type, ...(base ? [base] : [])].flatMap((one) => [...one.members]);
    return members
      .filter((member) => ts.isPropertyDeclaration(member) || ts.isGetAccessorDeclaration(member))
      .filter((member) => /^(pulumi\.Output<|Host$)/.test(member.type?.getText() ?? ""))
      .map((member) => ({
        name: member.name.getText(),
        type: ofProgram((member.type?.getText() ?? "").replace(/^pulumi\.Output<(.*)>$/s, "$1")),
        required: true,
        purpose: comment(member),
        default: undefined,
      }));
  }

  /** Of the class's own comment, else from the first example that makes one. */
  function exampleOf(type: ts.ClassDeclaration, name: string): KindDoc["example"] {
    const own = tag(type, "example");
    if (own) return { code: own.replaceAll(/^```\w*\n|```$/g, "").trim() };
    for (const file of examples) {
      const source = program.getSourceFile(file);
      const statement = source?.statements.find((one) => new RegExp(`new kvm\\.${name}\\(`).test(one.getText()));
      if (statement) return { code: statement.getText(), from: relative(checkout, file) };
    }
    return undefined;
  }
}
