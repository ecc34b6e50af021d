import ts from "typescript";

/** A property of a class or an interface that a program can import. */
export interface PublicMember {
  /** "TapArgs.mtu" */
  name: string;
  comment: string;
  /** Our own types in its type that a program cannot import. */
  hidden: string[];
}

/** Reads declarations as the editor of a user does. */
export function publicMembers(declarations: string): PublicMember[] {
  const program = ts.createProgram([declarations], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(declarations);
  const module = file && checker.getSymbolAtLocation(file);
  const exported = (module ? checker.getExportsOfModule(module) : []).map(real);
  return exported.flatMap((symbol) =>
    (symbol.declarations ?? []).flatMap((declaration) =>
      ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)
        ? [...declaration.members].filter(isForPrograms).map((member) => describe(symbol.name, member))
        : [],
    ),
  );

  function real(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  function describe(owner: string, member: ts.ClassElement | ts.TypeElement): PublicMember {
    const symbol = member.name && checker.getSymbolAtLocation(member.name);
    return {
      name: `${owner}.${member.name?.getText() ?? "constructor"}`,
      comment: symbol ? ts.displayPartsToString(symbol.getDocumentationComment(checker)) : "a constructor",
      hidden: typesIn(member)
        .filter((type) => !exported.includes(type) && isOurs(type))
        .map(({ name }) => name),
    };
  }

  function typesIn(node: ts.Node): ts.Symbol[] {
    const found: ts.Symbol[] = [];
    const visit = (inner: ts.Node): void => {
      const symbol = ts.isTypeReferenceNode(inner) && checker.getSymbolAtLocation(inner.typeName);
      if (symbol) found.push(real(symbol));
      ts.forEachChild(inner, visit);
    };
    visit(node);
    return found;
  }
}

/** The alternatives that exclude each other have `user?: undefined`. */
function isForPrograms(member: ts.ClassElement | ts.TypeElement): boolean {
  const isPrivate = member.name !== undefined && ts.isPrivateIdentifier(member.name);
  const isExcluded = ts.isPropertySignature(member) && member.type?.getText() === "undefined";
  return !isPrivate && !isExcluded && !ts.getJSDocTags(member).some(({ tagName }) => tagName.text === "internal");
}

function isOurs({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some((one) => /pulumi-kvm\/bin\//.test(one.getSourceFile().fileName));
}
