import assert from "node:assert/strict";
import { type Sh, text } from "../../../../provider/core/shell";
import {
  applyFunction,
  lockFunction,
  putRules,
  removeRules,
  replaceFunction,
  selectFunction,
} from "../../../../provider/kinds/firewall/apply-script";
import { ruleFolder } from "../../../../provider/kinds/firewall/backend.fact";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";

/** Tests each function of the script by itself, with stand-ins for the functions that it calls. */
describe("the script that applies rules", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
    machine.write(`${ruleFolder}/.keep`, "");
  });
  afterEach(() => machine.remove());

  const run = (...parts: (Sh | string)[]) =>
    machine.run(["set -eu", ...parts.map((part) => (typeof part === "string" ? part : text(part)))].join("\n"));
  const names = () =>
    machine
      .files(ruleFolder)
      .map((path) => path.slice(ruleFolder.length + 1))
      .filter((name) => name !== ".keep");

  describe("select_rules", () => {
    const select = (rules: string, start: string, replacement: string) =>
      run(
        selectFunction,
        "nl='\n'",
        `rules='${rules}'`,
        `select_rules '${start}' '${replacement}'`,
        'printf %s "$own"',
      );

    it("selects the lines with a prefix, in their order, and replaces the prefix", async () => {
      const { stdout } = await select("a 1 x\na 2 y\nb 1 z\na 1 w\n", "a 1 ", "-A C ");
      assert.equal(stdout, "-A C x\n-A C w\n");
    });

    it("selects nothing when no line has the prefix", async () => {
      assert.deepEqual(await select("a 1\n", "a 2", ""), { code: 0, stdout: "", stderr: "" });
    });

    it("does not change patterns and backslashes in a line", async () => {
      const { stdout } = await select("a /etc/* [b] \\n  c\n", "a ", "");
      assert.equal(stdout, "/etc/* [b] \\n  c\n");
    });
  });

  describe("apply_rules", () => {
    const apply = () =>
      run(applyFunction, "apply_iptables() { echo $1 $2; }", 'apply_nftables() { printf %s "$rules"; }', "apply_rules");

    it("reads the files in the order of their names, and lets each backend fill its chains", async () => {
      machine.write(`${ruleFolder}/600-b`, "second\n");
      machine.write(`${ruleFolder}/400-a`, "first\n");
      assert.equal((await apply()).stdout, "4 iptables\n6 ip6tables\nfirst\nsecond\n");
    });

    it("does not read files that are being written or replaced", async () => {
      machine.write(`${ruleFolder}/400-a.new`, "half\n");
      machine.write(`${ruleFolder}/.a`, "previous\n");
      assert.equal((await apply()).stdout, "4 iptables\n6 ip6tables\n");
    });
  });

  describe("replace_rules", () => {
    const replace = (apply: string, place = "400") =>
      run(replaceFunction, `apply_rules() { ${apply}; }`, `replace_rules web ${place} 'new rules'`);

    it("writes the file of the resource and applies all files", async () => {
      const { code, stdout } = await replace(`cat ${ruleFolder}/400-web`);
      assert.deepEqual([code, stdout], [0, "new rules"]);
      assert.deepEqual(names(), ["400-web"]);
    });

    it("replaces the file of the resource when it has another place", async () => {
      machine.write(`${ruleFolder}/600-web`, "old rules");
      machine.write(`${ruleFolder}/600-other`, "others");
      assert.equal((await replace(":")).code, 0);
      assert.deepEqual(names(), ["400-web", "600-other"]);
    });

    it("restores the previous file and applies it again when the new rules fail", async () => {
      machine.write(`${ruleFolder}/600-web`, "old rules");
      const { code, stdout } = await replace(
        `if [ -e ${ruleFolder}/400-web ]; then exit 3; fi; cat ${ruleFolder}/600-web`,
      );
      assert.deepEqual([code, stdout], [3, "old rules"]);
      assert.deepEqual(names(), ["600-web"]);
      assert.equal(machine.read(`${ruleFolder}/600-web`), "old rules");
    });

    it("leaves no file when the first rules of a resource fail", async () => {
      assert.equal((await replace("exit 4")).code, 4);
      assert.deepEqual(names(), []);
    });
  });

  it("fails when another process holds the lock", async () => {
    machine.command("flock", "exit 1");
    const { code, stderr } = await run(lockFunction, "lock_rules");
    assert.deepEqual([code, stderr], [1, "the firewall's lock is held by somebody else\n"]);
  });

  describe("as a whole", () => {
    const line = (chain: string) => `iptables 4 filter ${chain} -j ACCEPT\n`;

    it("fails with the exit code of the backend, and leaves no file", async () => {
      machine.command("iptables-restore", "cat >/dev/null; exit 2");
      assert.equal((await run(putRules("web", "400", line("INPUT")))).code, 2);
      assert.deepEqual(names(), []);
    });

    it("removes only the rules of its resource", async () => {
      await run(putRules("web", "400", line("INPUT")));
      await run(putRules("other", "400", line("FORWARD")));
      assert.equal((await run(removeRules("web"))).code, 0);
      assert.deepEqual(names(), ["400-other"]);
      const { stdout } = await run("iptables-save");
      assert.match(stdout, /^-A PULUMI-KVM-FORWARD -j ACCEPT$/m);
      assert.doesNotMatch(stdout, /PULUMI-KVM-INPUT/);
    });
  });
});
