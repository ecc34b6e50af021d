import assert from "node:assert/strict";
import ts from "typescript";
import { kindOf, kinds } from "../../../provider/kinds";
import { checkArguments } from "../../../provider/lifecycle/check";
import { checkout } from "../../../tools/checkout";
import { type KindDoc, openSources } from "../../../tools/docs/sources";
import { given } from "../support/given";

/** Users read these comments in the editor and in docs/kinds, so they must be true. */
describe("the doc comments of the arguments", () => {
  let docs: Map<string, KindDoc>;
  before(function () {
    this.timeout(60_000);
    const sources = openSources(checkout);
    docs = new Map(kinds.map(({ name }) => [name, sources.kind(name)]));
  });

  const doc = (name: string) => docs.get(name) as KindDoc;

  it("give the defaults that check fills in", () => {
    for (const { name, defaults } of kinds) {
      for (const [key, value] of Object.entries(defaults)) {
        const told = doc(name).arguments.find((argument) => argument.name === key)?.default;
        assert.equal(
          told,
          Array.isArray(value) && value.length === 0 ? "none" : JSON.stringify(value),
          `${name}.${key}`,
        );
      }
    }
  });

  it("describe exactly the arguments that the schema takes", () => {
    for (const { name, schema } of kinds) {
      const told = doc(name).arguments.map((argument) => (argument.name === "from" ? "host" : argument.name));
      // The own arguments of a Host are a part of `host`, and no user sets a path.
      const taken = Object.keys(schema.shape).filter((key) => key !== "path");
      const named = taken.filter((key) => key !== "name" || told.includes("name"));
      if (name !== "Host") assert.deepEqual([...told].sort(), named.sort(), name);
    }
  });

  it("say which arguments are required", () => {
    for (const { name } of kinds.filter((kind) => kind.name !== "Host")) {
      const told = doc(name).arguments.filter(({ required }) => required);
      const { failures } = checkArguments(kindOf(name), {}, given("web"));
      const missed = failures.flatMap(({ reason }) => /^(\w+): is required/.exec(reason)?.[1] ?? []);
      const expected = told.map((argument) => argument.name).filter((key) => key !== "host" && key !== "from");
      assert.deepEqual(missed.sort(), expected.sort(), name);
    }
  });

  it("have examples that compile", function () {
    this.timeout(60_000);
    const snippets = kinds
      .map(({ name }) => doc(name).example)
      .filter((one) => one && !one.from)
      .map((one) => one?.code ?? "");
    assert.ok(snippets.length > 0);
    const code = `import * as kvm from "./index";\ndeclare const host: kvm.Host;\n${snippets.join("\n")}\n`;
    assert.deepEqual(errorsIn(code), []);
    assert.notDeepEqual(errorsIn(code.replace("value: 1", "colour: 1")), [], "a wrong one does not");
  });
});

/** The errors of TypeScript for a file in the root of the checkout. */
function errorsIn(code: string): string[] {
  const file = `${checkout}/example-of-the-docs.ts`;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target) => (name === file ? ts.createSourceFile(name, code, target) : read(name, target));
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
