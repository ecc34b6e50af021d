import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { sh, text } from "../../../provider/core/shell";
import { hostLimit } from "../../../provider/transport/limits";
import { transportFor } from "../../../provider/transport/pool";
import { oneLine, ready, rootShell, scriptInput } from "../../../provider/transport/script";
import { endsWithin, processEnds } from "../../elapsed";
import { ownSurroundings } from "../support/surroundings";

/** Any text that an argument can hold. */
const argument = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", ""));

const limit = hostLimit(300);

/** /bin/sh of different distributions, as far as this machine has them. */
const shells = [["/bin/sh"], ["/bin/bash", "--posix"], ["/bin/busybox", "sh"]].filter(([file = ""]) =>
  existsSync(file),
);

describe("a script", () => {
  const surroundings = ownSurroundings();
  const local = () => transportFor({ name: "here", address: "local" });

  it("passes every argument unchanged", async () => {
    const host = await local();
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { minLength: 1 }), async (values) => {
        const { stdout } = await host.run(text(sh`printf '%s\\0' ${values}`));
        assert.deepEqual(stdout.split("\0").slice(0, -1), values);
      }),
      { numRuns: 60 },
    );
  });

  it("may contain any text: no text can end its quotes early", () => {
    const unit = fc.constantFrom("'", '"', "\\", "\n", "}", "{", "$", "`", ";", "a", " ", "é");
    fc.assert(
      fc.property(fc.string({ unit }), fc.constantFrom(...shells), (body, shell) => {
        const stdout = runBy(shell, scriptInput(`cat <<'END OF BODY'\n${body}\nEND OF BODY\n`, limit));
        assert.equal(stdout, `${ready}\n${body}\n`);
      }),
      { numRuns: 100 },
    );
  });

  for (const shell of shells) {
    it(`runs completely or not at all when the connection breaks at any byte (${shell.join(" ")})`, () => {
      const mark = join(surroundings.home, "mark");
      const input = scriptInput(
        `echo "it's one" >>${mark}\ncat <<'E'\n}\nE\n(exit 0)\necho two >>${mark}\nexit 0`,
        limit,
      );
      let runs = 0;
      for (let length = 0; length <= input.length; length++) {
        rmSync(mark, { force: true });
        runBy(shell, input.slice(0, length));
        if (!existsSync(mark)) continue;
        runs++;
        assert.equal(readFileSync(mark, "utf8"), "it's one\ntwo\n", `cut after ${length}`);
      }
      assert.ok(runs > 0 && runs < 20, `${runs} of ${input.length} beginnings ran`);
    }).timeout(60_000);
  }

  it("has empty standard input, so that no child reads the rest of the script", async () => {
    const { stdout } = await (await local()).run("cat\nread -r line || echo nothing\necho still here");
    assert.equal(stdout, "nothing\nstill here\n");
  });

  it("keeps its own exit code, errexit and traps", async () => {
    const host = await local();
    assert.equal((await host.run("exit 7")).code, 7);
    assert.deepEqual(await host.run("set -eu\nfalse\necho no"), { code: 1, stdout: "", stderr: "" });
    assert.equal((await host.run("trap 'echo bye' EXIT\nset -e\nfalse")).stdout, "bye\n");
    assert.equal((await host.run("( set -eu; false; echo no ); echo $?")).stdout, "1\n");
    assert.equal((await host.run("sh -c 'kill -TERM $PPID'")).code, 143);
  });

  it("runs in a known environment: /, locale C, and umask 077", async () => {
    const { stdout } = await (await local()).run('pwd; umask; echo "$LC_ALL"; command -v ip >/dev/null; echo "$PATH"');
    assert.match(stdout, /^\/\n0077\nC\n.*\/usr\/sbin/);
  });

  it("may be large", async () => {
    const { stdout } = await (await local()).run(`# large\n${"# filler\n".repeat(100_000)}echo end`);
    assert.equal(stdout, "end\n");
  });

  it("is not disturbed by the output of a profile", () => {
    const noisy = spawnSync("/bin/sh", ["-c", `echo welcome; ${rootShell}`], { input: scriptInput("echo hi", limit) });
    assert.equal(noisy.stdout.toString(), `welcome\n${ready}\nhi\n`);
  });

  it("cannot hold a NUL, nor a line end in a command that precedes data", () => {
    assert.throws(() => scriptInput("a\0b", limit), /NUL/);
    assert.throws(() => oneLine("a\nb", limit), /one line/);
  });

  it("is given up at its time limit, and all its processes are killed", async () => {
    const mark = join(surroundings.home, "late");
    const late = (await local()).run(`# sleep on\nsh -c 'echo $$ >${mark}; exec sleep 60'`, { timeoutSeconds: 1 });
    await endsWithin(30, () =>
      assert.rejects(late, {
        name: "HostUnreachable",
        retryable: false,
        message: /did not end after 1 s \(sleep on\)/,
      }),
    );
    const pid = Number(readFileSync(mark, "utf8"));
    await processEnds(pid);
  }).timeout(50_000);
});

function runBy([file = "", ...options]: string[], input: string): string {
  return spawnSync(file, [...options, "-c", rootShell], { input }).stdout.toString();
}
