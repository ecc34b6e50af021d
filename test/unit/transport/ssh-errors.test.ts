import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mock } from "node:test";
import type { Process } from "../../../provider/transport/remote-process";
import { neverBegan, session } from "../../../provider/transport/session";
import { connectFailed } from "../../../provider/transport/ssh-errors";
import type { Route } from "../../../provider/transport/ssh-route";
import { startAsRoot } from "../../../provider/transport/sudo";
import { failure } from "../support/failure";

/** Failures that a test cannot provoke over a real connection, or only in half a minute. */
describe("a connection that fails", () => {
  const route = { name: "tower", address: "tower.example.net", user: "root", port: 22, notes: [] } as unknown as Route;
  const failed = (message: string, code?: string) => connectFailed(route, Object.assign(new Error(message), { code }));

  it("reports an unknown name at once, and tries again when the name server does not answer", () => {
    const [unknown, silent] = [failed("getaddrinfo", "ENOTFOUND"), failed("getaddrinfo", "EAI_AGAIN")];
    failure("KVM2002", /unable to connect to root@tower\.example\.net: the name is unknown/)(unknown);
    failure("KVM2002", /the name server does not answer/)(silent);
    assert.deepEqual([unknown.retryable, silent.retryable], [false, true]);
  });

  it("names the settings of sshd that end a connection early", () => {
    const closed = failed("Connection lost before handshake");
    failure("KVM2004", /the host closed the connection \(.*\)\. Check MaxStartups/)(closed);
    assert.equal(closed.retryable, true);
  });
});

describe("a login shell that runs no command", () => {
  it("is reported with its output", async () => {
    const outcome = await session(shell("echo This account is currently not available.; exit 1")).outcome;
    assert.equal(outcome.began, false);
    failure(
      "KVM2009",
      /did not run the command \(exit code 1: This account is currently not available\.\)/,
    )(neverBegan(outcome));
  });
});

describe("sudo that does not answer", () => {
  it("is given up after 30 s", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const silent = shell("exec sleep 60");
    try {
      const started = startAsRoot(async () => silent, { name: "tower", user: "lab", sudo: true })();
      const ends = assert.rejects(started, failure("KVM2206", /sudo does not answer lab in 30 s/));
      await new Promise((resolve) => setImmediate(resolve));
      mock.timers.tick(30_000);
      await ends;
    } finally {
      mock.timers.reset();
      silent.kill();
    }
  });
});

function shell(script: string): Process {
  const child = spawn("/bin/sh", ["-c", script]);
  const exit = new Promise<number>((resolve) => {
    child.once("close", (code) => resolve(code ?? 255));
  });
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit, kill: () => void child.kill() };
}
