import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { cp, mkdir, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { checkout } from "../../tools/checkout";
import { findToolchain } from "../../tools/toolchain";
import { succeeds } from "../e2e/expect";
import { makeStack } from "../e2e/stack";
import { isFullRun } from "../sample";
import { codeBlock } from "./documents";
import { type Elsewhere, openElsewhere } from "./packed";

const page = "docs/getting-started.md";

/** Does what docs/getting-started.md says, with its own text, in an empty folder. No host is contacted. */
describe("the project of the documentation", () => {
  let elsewhere: Elsewhere;
  let project: string;
  before(async () => {
    elsewhere = await openElsewhere();
    project = join(elsewhere.folder, "lab");
    // Without the install scripts of dependencies, as an npm that blocks them.
    await shell(codeBlock(page, "sh", "mkdir ../lab"), join(elsewhere.folder, "pulumi-kvm"), {
      npm_config_ignore_scripts: "true",
    });
    writeFileSync(join(project, "Pulumi.yaml"), codeBlock(page, "yaml", "typescript: false"));
    writeFileSync(join(project, "tsconfig.json"), codeBlock(page, "json", "compilerOptions"));
    writeFileSync(join(project, "index.ts"), codeBlock("README.md", "ts", "new kvm.GatewayLab"));
  });
  after(() => elsewhere?.remove());

  function shell(commands: string, cwd: string, more: Record<string, string> = {}) {
    const env = { ...elsewhere.env, ...more };
    return execa("sh", ["-euc", commands], { cwd, env, extendEnv: false, all: true });
  }

  /** "pulumi login --local" writes into the folder of the account, whatever HOME says. So the test logs in elsewhere. */
  async function commandsOfTheStack(path: string, home: string): Promise<string> {
    const folder = join(elsewhere.folder, home);
    await mkdir(folder, { recursive: true });
    const commands = codeBlock(page, "sh", "pulumi preview").replace("--local", `file://${folder}`);
    const env = { PATH: `${path}${delimiter}${elsewhere.env.PATH}`, PULUMI_HOME: join(folder, ".pulumi") };
    return (await shell(commands, project, env)).all ?? "";
  }

  it("is installed by the same commands in the README", () => {
    assert.equal(codeBlock("README.md", "sh", "mkdir ../lab"), codeBlock(page, "sh", "mkdir ../lab"));
  });

  it("loads the provider and SSH without any install script", async () => {
    const load = 'require("pulumi-kvm"); require("pulumi-kvm/provider")("Tap"); require("ssh2")';
    await shell(`node -e '${load}'`, project);
  });

  it("has no type error", async () => {
    await mkdir(join(project, "node_modules/@types"), { recursive: true });
    for (const name of ["typescript", "@types/node"])
      await symlink(join(checkout, "node_modules", name), join(project, "node_modules", name)).catch(() => undefined);
    await shell("node node_modules/typescript/bin/tsc", project);
  });

  it("shows the lab in a preview", async () => {
    const output = await commandsOfTheStack((await findToolchain()).path, "home");
    assert.match(output, /\+ +.*kvm:index:GatewayLab +lab /);
    assert.match(output, /\+ 2\d to create/);
  });

  if (isFullRun)
    it("shows the lab in a preview with the lowest Node that package.json promises", async () => {
      const { engines } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
      const lowest = /^\^(\d+\.\d+\.\d+) /.exec(engines.node)?.[1];
      const modules = join(elsewhere.folder, "lowest");
      await shell(`npm install --prefix ${modules} node@${lowest}`, elsewhere.folder);
      const bin = join(modules, "node_modules/node/bin");
      const path = [bin, (await findToolchain()).path].join(delimiter);
      const { stdout } = await execa(join(bin, "node"), ["--version"]);
      assert.equal(stdout, `v${lowest}`);
      assert.match(await commandsOfTheStack(path, "home-lowest"), /\+ 2\d to create/);
    });

  describe("an example that a user has copied", () => {
    const image = { host: "tower", image: "/srv/debian.qcow2" };
    const examples: Record<string, [config: Record<string, string>, created: string[]]> = {
      "gateway-lab": [{ ...image, guests: "1" }, ["lab-deb1-nat", "lab-deb2"]],
      pieces: [{ ...image, uplink: "eth0" }, ["lan", "nat", "debian", "web answers"]],
      "public-bridge": [{ ...image, nic: "eth0" }, ["lan", "office-guest1"]],
      taps: [{ host: "tower", count: "2" }, ["lan", "tap1", "tap2"]],
    };

    for (const [name, [config, created]] of Object.entries(examples))
      it(`shows its resources in a preview: ${name}`, async () => {
        const copy = join(elsewhere.folder, name);
        await cp(join(elsewhere.unpacked, "examples", name), copy, { recursive: true });
        const modules = join(project, "node_modules");
        const stack = await makeStack({ folder: elsewhere.folder, program: copy, modules, config });
        const { changes, output } = await succeeds(stack.preview());
        for (const resource of created) assert.equal(changes[resource], "create", output);
      });

    it("declares each package that it imports, and the Node that it needs", () => {
      const own = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
      for (const name of Object.keys(examples)) {
        const read = (file: string) => readFileSync(join(elsewhere.unpacked, "examples", name, file), "utf8");
        const { dependencies, engines } = JSON.parse(read("package.json"));
        const imported = [...read("index.ts").matchAll(/ from "([^".]+)"/g)].map(([, found]) => found);
        assert.deepEqual(Object.keys(dependencies).sort(), imported.sort(), name);
        assert.equal(dependencies["@pulumi/pulumi"], own.peerDependencies["@pulumi/pulumi"]);
        assert.equal(dependencies["pulumi-kvm"], `^${own.version}`);
        assert.deepEqual(engines, own.engines);
      }
    });
  });
});
