import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { checkout } from "../../../tools/checkout";
import { endsWithin } from "../../elapsed";
import { type FakeHost, fakeHost } from "../support/fake-host";
import { ownSurroundings } from "../support/surroundings";

const transport = join(checkout, "bin/provider/transport");

describe("a process with connections", () => {
  const surroundings = ownSurroundings();
  let host: FakeHost;
  let children: ChildProcess[] = [];
  beforeEach(async () => {
    host = await fakeHost({ authorized: "anyone" });
  });
  afterEach(() => {
    host.close();
    for (const child of children) child.kill("SIGKILL");
    children = [];
  });

  function node(
    program: string,
    command = process.execPath,
    args = ["-e", program],
  ): ChildProcess & { stdout: Readable } {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    return child as ChildProcess & { stdout: Readable };
  }

  const login = () => {
    const endpoint = { name: "t", address: "127.0.0.1", port: host.port, user: "root", hostKey: host.hostKey };
    return `require("${transport}/pool").transportFor(${JSON.stringify(endpoint)})`;
  };

  it("ends by itself when nothing remains to do", async () => {
    const child = node(`${login()}.then((t) => t.run("sleep 0.3; echo done")).then((r) => console.log(r.stdout))`);
    const said = await once(child.stdout, "data");
    assert.equal(String(said[0]).trim(), "done");
    assert.deepEqual(await endsWithin(10, () => once(child, "exit")), [0, null]);
  }).timeout(30_000);

  it("ends at a signal", async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const child = node(
        `setInterval(() => {}, 1000); ${login()}.then((t) => t.run("true")).then(() => console.log("in"))`,
      );
      await once(child.stdout, "data");
      child.kill(signal);
      assert.deepEqual(await once(child, "exit"), [null, signal]);
    }
  });

  const waiting = `require("${transport}/exit-with-parent").endWithParent(); setInterval(() => {}, 1000); console.log(process.pid)`;

  it("ends when its standard input is closed", async () => {
    const child = node(waiting);
    await once(child.stdout, "data");
    child.stdin?.end();
    assert.deepEqual(await once(child, "exit"), [1, null]);
  });

  it("ends when the parent of the script that started it is killed", async () => {
    const script = surroundings.write("start", `node=$1; shift\n"$node" "$@" </dev/null\necho after\n`);
    const outer = node("", "/bin/sh", [
      "-c",
      '/bin/sh "$@"; echo never',
      "sh",
      script,
      process.execPath,
      "-e",
      waiting,
    ]);
    const pid = Number(String((await once(outer.stdout, "data"))[0]));
    process.kill(pid, 0);
    outer.kill("SIGKILL");
    for (let n = 0; n < 100 && isThere(pid); n++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(isThere(pid), false);
  });

  it("keeps running while its parent lives", async () => {
    const child = node(waiting);
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(child.exitCode, null);
  });
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
