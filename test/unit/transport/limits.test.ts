import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { finder } from "../../../provider/transport/collector";
import { beforeReadyBytes, hostLimit, stderrBytes, stdoutBytes } from "../../../provider/transport/limits";
import { transportFor } from "../../../provider/transport/pool";
import type { Process } from "../../../provider/transport/remote-process";
import { ready } from "../../../provider/transport/script";
import { session } from "../../../provider/transport/session";
import { computesWithin } from "../../elapsed";
import { type FakeHost, fakeHost } from "../support/fake-host";
import { ownSurroundings } from "../support/surroundings";

/** A process that a test controls. It never ends by itself. */
function silentProcess() {
  let killed = false;
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const exit = new Promise<number>(() => undefined);
  const process: Process = { stdin, stdout, stderr, exit, kill: () => (killed = true) };
  return { process, stdout, stderr, killed: () => killed };
}

const flood = async (stream: PassThrough, bytes: number, piece: number) => {
  const chunk = Buffer.alloc(piece, "x");
  for (let sent = 0; sent < bytes; sent += piece) {
    stream.write(chunk);
    if (sent % (1 << 20) < piece) await new Promise((resolve) => setImmediate(resolve));
  }
};

describe("the output of a host", () => {
  it("is cut at 64 KiB before our shell begins, and the process is killed", async () => {
    const host = silentProcess();
    const { outcome } = session(host.process);
    await flood(host.stdout, beforeReadyBytes * 2, 1000);
    const { began, tooMuch, stdout } = await outcome;
    assert.deepEqual([began, tooMuch, host.killed()], [false, true, true]);
    assert.ok(stdout.length <= beforeReadyBytes);
  });

  it("is cut at its limit on both streams", async () => {
    for (const [name, limit] of [
      ["stdout", stdoutBytes],
      ["stderr", stderrBytes],
    ] as const) {
      const host = silentProcess();
      const { outcome } = session(host.process);
      host.stdout.write(`${ready}\nhello`);
      await flood(host[name], limit + 2_000_000, 1 << 16);
      const { began, tooMuch, stdout, stderr } = await outcome;
      assert.deepEqual([began, tooMuch, host.killed()], [true, true, true], name);
      assert.ok(stdout.length <= stdoutBytes && stderr.length <= stderrBytes);
      assert.equal(stdout.subarray(0, 5).toString(), "hello");
    }
  });

  it("costs linear time when it arrives in small pieces", () => {
    const find = finder(Buffer.from(`${ready}\n`));
    const chunk = Buffer.alloc(16, "x");
    computesWithin(5, () => {
      for (let n = 0; n < 500_000; n++) assert.equal(find(chunk), undefined);
    });
  }).timeout(60_000);

  it("is searched correctly for each occurrence, for any division into pieces", () => {
    const pieces = fc.array(fc.constantFrom("ab", "a", "b", "aab", "", "c", "abab"), { maxLength: 30 });
    fc.assert(
      fc.property(pieces, (texts) => {
        const find = finder(Buffer.from("aab"));
        let found = 0;
        for (const text of texts)
          for (let rest = Buffer.from(text), end = find(rest); end !== undefined; end = find(rest)) {
            found++;
            rest = rest.subarray(end);
          }
        assert.equal(found, texts.join("").split("aab").length - 1);
      }),
    );
  });
});

describe("a command that does not end", () => {
  const surroundings = ownSurroundings();
  let host: FakeHost;
  beforeEach(async () => {
    host = await fakeHost({ authorized: "anyone" });
  });
  afterEach(() => host.close());
  const over = (way: "local" | "ssh") =>
    way === "local"
      ? transportFor({ name: "here", address: "local" })
      : transportFor({ name: "t", address: "127.0.0.1", port: host.port, user: "root", hostKey: host.hostKey });

  for (const way of ["local", "ssh"] as const) {
    it(`is killed on the host with its children, and its lock is free again (${way})`, async () => {
      const [lock, fifo] = [join(surroundings.home, "lock"), join(surroundings.home, "fifo")];
      execFileSync("mkfifo", [fifo]);
      // The hanging child does not read or write the channel, so closing the channel would not end it.
      const script = `exec 9>>${lock}; flock 9; echo begun; x=$(exec 9>&-; trap '' TERM; cat ${fifo})`;
      const { code, stdout, cut } = await (await over(way)).run(script, { timeoutSeconds: 4 });
      assert.deepEqual([stdout, cut], ["begun\n", "time"]);
      assert.ok(code > 123, `${code}`);
      execFileSync("flock", ["-n", lock, "true"]);
      assert.equal(holders(fifo), "");
    }).timeout(15_000);
  }

  it("is killed on the host before the client gives up", () => {
    for (const seconds of [4, 30, 300, 3600]) {
      const limit = hostLimit(seconds);
      assert.ok(limit.seconds + limit.killAfter < seconds, `${seconds}`);
    }
  });

  it("is distinguished from one that ends with the same exit code", async () => {
    assert.deepEqual(await (await over("local")).run("exit 124"), { code: 124, stdout: "", stderr: "" });
  });

  it("is given up when the host does not kill it", async () => {
    const transport = await over("ssh");
    await transport.run("true");
    host.silence();
    await assert.rejects(transport.run("echo never", { timeoutSeconds: 1 }), {
      code: "KVM2006",
      message: /did not end after 1 s/,
    });
  }).timeout(10_000);

  it("is cut when it prints without end, and its first output is kept", async () => {
    const { stdout, cut } = await (await over("local")).run("echo first; cat /dev/zero");
    assert.equal(cut, "size");
    assert.equal(stdout.slice(0, 6), "first\n");
    assert.ok(stdout.length <= stdoutBytes);
  }).timeout(20_000);

  it("does not read a file above the given limit", async () => {
    const transport = await over("local");
    const file = surroundings.write("large", "x".repeat(1025));
    await assert.rejects(transport.read(file, { maxBytes: 1024 }), { code: "KVM2010", message: /too large/ });
    assert.equal((await transport.read(file, { maxBytes: 1025 }))?.length, 1025);
  });
});

describe("a shell on this machine", () => {
  const surroundings = ownSurroundings();

  it("gets no secret of our environment, as a shell on another machine would not", async () => {
    const names = ["PULUMI_KVM_PRIVATE_KEY", "PULUMI_KVM_SUDO_PASSWORD", "PULUMI_CONFIG_PASSPHRASE", "AWS_SECRET"];
    for (const name of names) process.env[name] = "geheim";
    const { stdout } = await (await transportFor({ name: "here", address: "local" })).run("env");
    assert.ok(!stdout.includes("geheim"), stdout);
    assert.match(stdout, new RegExp(`^HOME=${surroundings.home}$`, "m"));
    const known = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|TZ|SUDO_USER|(https?|no)_proxy|LC_ALL|PWD|OLDPWD|SHLVL|_)=/i;
    for (const line of stdout.trim().split("\n")) assert.match(line, known);
  });
});

/** The open descriptors of all processes that refer to the file. */
function holders(file: string): string {
  return execFileSync(
    "/bin/sh",
    ["-c", `for f in /proc/[0-9]*/fd/*; do [ "$f" -ef "$1" ] && echo "$f"; done; :`, "sh", file],
    {
      encoding: "utf8",
    },
  ).trim();
}
