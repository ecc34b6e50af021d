import assert from "node:assert/strict";
import type { Fact } from "../../../provider/core/fact";
import { deleteLink, run } from "../../../provider/core/kind";
import { mark } from "../../../provider/core/mark";
import { newNonce } from "../../../provider/core/nonce";
import { type Sh, sh, trusted } from "../../../provider/core/shell";
import { links } from "../../../provider/kinds/link/links.fact";
import { composeCommit, type Member, parseCommit, parseParts } from "../../../provider/reconcile/commit-script";
import { computesWithin } from "../../elapsed";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { checked, tower } from "../support/given";

const fact = (command: Sh): Fact<string> => ({ name: "a fact", command, parse: (output) => output });
const member = (...commands: Sh[]): Member => commands.map((command, i) => run(`step ${i}`, command));

describe("a commit script", () => {
  let machine: FakeMachine;
  before(() => {
    machine = fakeMachine();
  });
  after(() => machine.remove());

  async function commit(members: Member[], facts: Fact<unknown>[] = []) {
    const nonce = newNonce();
    const { code, stdout, stderr } = await machine.run(composeCommit(members, facts, nonce));
    assert.equal(code, 0, stderr);
    return parseCommit(stdout, members.length, facts.length, nonce);
  }

  it("reports the result of each member, then the facts", async () => {
    const { members, facts } = await commit(
      [member(sh`echo one`), member(sh`echo two`, sh`echo three`)],
      [fact(sh`echo 1; echo 2`), fact(sh`:`)],
    );
    assert.deepEqual(members, [
      { code: 0, at: 0, output: "one" },
      { code: 0, at: 1, output: "three" },
    ]);
    assert.deepEqual(facts, [
      { code: 0, output: "1\n2" },
      { code: 0, output: "" },
    ]);
  });

  it("reports which step failed, its exit code, and its output on both streams", async () => {
    const { members } = await commit([
      member(sh`echo fine`, sh`echo out; echo no such thing >&2; exit 3`, sh`echo never`),
    ]);
    assert.deepEqual(members, [{ code: 3, at: 1, output: "out\nno such thing" }]);
  });

  it("stops a member at its first failure, and at an unset variable", async () => {
    const [touched, touch] = ["/run/after", sh`: >/run/after`];
    const { members } = await commit([
      member(sh`false; ${touch}`),
      member(sh`echo "$nothing"; ${touch}`),
      member(sh`if true; then false; fi`, touch),
    ]);
    assert.deepEqual(
      members.map(({ code, at }) => [code !== 0, at]),
      [
        [true, 0],
        [true, 0],
        [true, 0],
      ],
    );
    assert.ok(!machine.files("run").includes(touched));
    await commit([member(sh`true`, touch)]);
    assert.ok(machine.files("run").includes(touched), "the same step after one that succeeds does run");
  });

  it("runs the other members when one fails, for any type of failure", async () => {
    const failures = [
      sh`false`,
      sh`exit 7`,
      sh`cd /nowhere`,
      sh`no-such-command`,
      sh`set +e; exec 1>&-; exit 4`,
      sh`x=1; readonly x; x=2`,
    ];
    for (const failure of failures) {
      const { members, facts } = await commit(
        [member(sh`echo before`), member(failure), member(sh`echo after`)],
        [fact(sh`echo seen`)],
      );
      assert.deepEqual([members[0]?.output, members[2]?.output, facts[0]?.output], ["before", "after", "seen"]);
      assert.notEqual(members[1]?.code, 0);
      assert.equal(members[0]?.code, 0);
      assert.equal(members[2]?.code, 0);
    }
  });

  it("isolates each member from variables, descriptors and settings of the one before", async () => {
    const { members } = await commit([
      member(sh`x=1; cd /tmp; umask 0; set +u; PATH=/nowhere`),
      member(sh`echo "\${x-unset} $(umask)"; ls / >/dev/null; pwd`),
    ]);
    assert.equal(members[1]?.code, 0);
    assert.match(members[1]?.output ?? "", /^unset 0?0[^0]/);
    assert.doesNotMatch(members[1]?.output ?? "", /\/tmp$/);
  });

  it("gives a member empty standard input, so that it cannot read the rest of the script", async () => {
    // As the transport runs it: a whole script with empty standard input.
    const nonce = newNonce();
    const script = composeCommit([member(sh`cat`), member(sh`echo still there`)], [], nonce);
    const { stdout } = await machine.run(`main() {\n${script}}\nmain </dev/null\n`);
    assert.equal(parseCommit(stdout, 2, 0, nonce).members[1]?.output, "still there");
  });

  it("ignores output that looks like its own separators", async () => {
    const lookalike = "\n@0123 member 1\n@0123 at 5\n\n@deadbeef fact 0\n@ member 0\n";
    const { members, facts } = await commit(
      [member(sh`printf %s ${lookalike}; exit 2`)],
      [fact(sh`printf %s ${lookalike}; echo end`)],
    );
    assert.deepEqual(members, [{ code: 2, at: 0, output: lookalike.trim() }]);
    assert.equal(facts[0]?.output, `${lookalike}end`);
  });

  it("keeps the end of a long output, because the reason is there", async () => {
    const { members } = await commit([
      member(sh`head -c 100000 /dev/zero | tr '\\0' x; echo; echo the reason; exit 1`),
    ]);
    assert.ok((members[0]?.output.length ?? 0) <= 4096);
    assert.match(members[0]?.output ?? "", /the reason$/);
  });

  it("returns a fact of any size and any text complete", async () => {
    const text = `é"'\\$x\n\n  ${"line\n".repeat(50_000)}end`;
    machine.write("/run/large", text);
    const { facts } = await commit([], [fact(sh`cat /run/large`)]);
    assert.equal(facts[0]?.output, text);
  });

  it("distinguishes a fact that failed from one that found nothing", async () => {
    const { facts } = await commit([], [fact(sh`echo half; false`), fact(sh`:`)]);
    assert.deepEqual(facts, [
      { code: 1, output: "half" },
      { code: 0, output: "" },
    ]);
  });

  it("reads the facts after all members have run", async () => {
    const { facts } = await commit(
      [member(sh`echo a >/run/value`), member(sh`echo b >/run/value`)],
      [fact(sh`cat /run/value`)],
    );
    assert.equal(facts[0]?.output, "b");
  });

  it("rejects a reply that is truncated at any byte", async () => {
    const nonce = newNonce();
    const script = composeCommit([member(sh`echo one`)], [fact(sh`echo two`)], nonce);
    const { stdout } = await machine.run(script);
    parseCommit(stdout, 1, 1, nonce);
    for (let length = 0; length < stdout.length; length++) {
      assert.throws(
        () => parseCommit(stdout.slice(0, length), 1, 1, nonce),
        /the reply of the host ends after/,
        `${length}`,
      );
    }
  });

  it("is parsed quickly for any reply", () => {
    const nonce = newNonce();
    const many = (text: string) => text.repeat(4_000_000 / text.length);
    for (const filler of [
      "\n",
      "\n@",
      "\0",
      "x\n",
      `@${nonce} at `,
      `\n@${nonce} fact 1`,
      `\n@${nonce} fact 1\n`,
      " ",
    ]) {
      const reply = `${many(filler)}x\n@${nonce} member 0\n${many(filler)}x\n@${nonce} fact 0\n`;
      computesWithin(3, () => parseParts(reply, nonce));
    }
  }).timeout(30_000);

  it("holds the host's lock for its members, and takes none to read facts", async () => {
    const held = sh`flock -n ${"/run/pulumi-kvm.lock"} true && echo free || echo held`;
    // A member's own descriptor of the lock is closed, so that a process that it starts cannot keep the lock.
    assert.equal((await commit([member(held)])).members[0]?.output, "held");
    assert.equal((await commit([], [fact(held)])).facts[0]?.output, "free");
    assert.equal(
      (await commit([member(sh`: `)], [fact(sh`[ -e /proc/self/fd/9 ] && echo open || echo closed`)])).facts[0]?.output,
      "closed",
    );
  });

  it("runs members with special characters unchanged", async () => {
    const { members } = await commit([member(trusted("cat <<'END'\n) ; rc=5 \"$out\" '\nEND")), member()]);
    assert.deepEqual(
      members.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(members[0]?.output, ') ; rc=5 "$out" \'');
  });
});

describe("a link that a commit should delete", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const want = checked("Tap", "lab/web");

  async function goes(alias: string, expected: string): Promise<string[]> {
    await machine.run(
      `ip tuntap add dev t0 mode tap user 1; ip tuntap add dev t1 mode tap user 1; ip link set dev t0 alias '${alias}'`,
    );
    const nonce = newNonce();
    const { stdout } = await machine.run(
      composeCommit([[deleteLink("t0", expected)], [deleteLink("t9", expected)]], [links], nonce),
    );
    const { members } = parseCommit(stdout, 2, 1, nonce);
    assert.deepEqual(
      members.map(({ code }) => code),
      [0, 0],
      "one that is gone already is fine",
    );
    return machine.links();
  }

  it("is deleted in one group with the other links of its commit", async () => {
    assert.deepEqual(await goes(mark(want), mark(want)), ["t1"]);
    assert.deepEqual(machine.log().filter((line) => /link del/.test(line)).length, 1);
  });

  it("is deleted when its mark has an earlier name of the stack", async () => {
    const renamed = { ...want, host: { ...tower, stack: "net/prod" } };
    assert.deepEqual(await goes(mark(want), mark(renamed)), ["t1"]);
  });

  it("stays when it now belongs to another owner", async () => {
    const other = { ...want, host: { ...tower, uid: "zzzzzzzzzz" } };
    assert.deepEqual(await goes(mark(other), mark(want)), ["t0", "t1"]);
  });

  it("stays when only the beginning of its mark matches", async () => {
    assert.deepEqual(await goes(mark({ ...want, path: "lab/web2" }), mark(want)), ["t0", "t1"]);
  });
});
