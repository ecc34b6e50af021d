import assert from "node:assert/strict";
import ts from "typescript";
import { checkArguments } from "../../../provider/lifecycle/check";
import { checkout } from "../../../tools/checkout";
import { describeKinds, type KindDoc } from "../../../tools/kinds/describe";
import { given } from "../support/given";

/** Users read these comments in the editor and in docs/kinds, so they must be true. */
describe("the doc comments of the arguments", () => {
  let docs: KindDoc[];
  before(function () {
    this.timeout(60_000);
    docs = describeKinds(checkout);
  });

  it("say which arguments are required", () => {
    for (const { kind, args } of docs.filter(({ kind }) => !kind.args)) {
      const told = args.fields.filter(({ isRequired }) => isRequired);
      const { failures } = checkArguments(kind, {}, given("web"));
      const missed = failures.flatMap(({ reason }) => /^(\w+): is required/.exec(reason)?.[1] ?? []);
      const expected = told.map(({ schemaName }) => schemaName).filter((key) => key !== "host");
      assert.deepEqual(missed.sort(), expected.sort(), kind.name);
    }
  });

  it("have examples that compile", function () {
    this.timeout(60_000);
    const snippets = docs.map(({ example }) => `{\n${example}\n}`);
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
