import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import type { Fact } from "../../../provider/core/fact";
import { run } from "../../../provider/core/kind";
import { newNonce } from "../../../provider/core/nonce";
import { sh, text } from "../../../provider/core/shell";
import { lock } from "../../../provider/host-state/lock";
import { lockPath } from "../../../provider/host-state/paths";
import { composeCommit } from "../../../provider/reconcile/commit-script";
import { viewOf } from "../../../provider/reconcile/host-view";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { limitedTransportTo } from "../../fake/transport";
import { tower } from "../support/given";

const hang = sh`echo I wait; sleep 600`;
const stubborn = sh`trap '' TERM; sleep 600`;
const value: Fact<string> = { name: "value", command: sh`cat /run/value 2>/dev/null || :`, parse: (output) => output };
const hung: Fact<string> = { name: "hung", command: sh`sleep 600`, parse: (output) => output };
const endless: Fact<string> = { name: "endless", command: sh`tr '\\0' x </dev/zero`, parse: (output) => output };

describe("a command that hangs on a host", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());
  const view = (seconds = 4) => {
    const transport = limitedTransportTo(machine, seconds);
    return { transport, view: viewOf(tower, async () => transport) };
  };
  const lockIsFree = async () => (await machine.run(text(sh`flock -n ${lockPath} true`))).code === 0;

  it("fails alone with the step at which it hung; the next members run, and the lock is free", async () => {
    const { transport, view: tower } = view();
    const append = (line: string) => run(`append ${line}`, sh`echo ${line} >>/run/value`);
    const ends = await Promise.all([
      tower.commit([append("a")], { value }),
      tower.commit([append("b"), run("wait", hang), append("never")], { value }),
      tower.commit([append("c")], { value }),
      tower.commit([append("d")], { value }),
    ]);
    assert.deepEqual(
      ends.map(({ code }) => code === 0),
      [true, false, true, true],
    );
    assert.equal(ends[1]?.at, 1);
    assert.match(ends[1]?.output ?? "", /^I wait\n.*the command took longer than 300 s, so the host ended it/s);
    assert.equal(await lockIsFree(), true);
    assert.equal(transport.scripts.length, 2);
    assert.equal((await tower.observe({ value })).value, "a\nb\nc\nd");
  }).timeout(20_000);

  it("fails alone also when it ignores SIGTERM", async () => {
    const { view: tower } = view();
    const [one, other] = await Promise.all([
      tower.commit([run("wait", stubborn)], { value }),
      tower.commit([run("set", sh`echo new >/run/value`)], { value }),
    ]);
    assert.deepEqual([one.code === 0, other.code], [false, 0]);
    assert.match(one.output, /the command took longer than 300 s/);
    assert.equal(await lockIsFree(), true);
    assert.equal((await tower.observe({ value })).value, "new");
  }).timeout(20_000);

  it("is distinguished from an earlier member that a signal of its own ended", async () => {
    const { view: tower } = view();
    const [signalled, hung, other] = await Promise.all([
      tower.commit([run("end by a signal", sh`exec sh -c 'kill -9 $$'`)], { value }),
      tower.commit([run("wait", stubborn)], { value }),
      tower.commit([run("set", sh`echo new >/run/value`)], { value }),
    ]);
    assert.equal(signalled.code, 137);
    assert.doesNotMatch(signalled.output, /took longer/);
    assert.match(hung.output, /took longer/);
    assert.equal(other.code, 0);
  }).timeout(20_000);

  it("is named when it belongs to a fact; the other facts are read", async () => {
    const { view: tower } = view();
    machine.write("/run/value", "there");
    const [one, other] = await Promise.allSettled([tower.observe({ hung }), tower.observe({ value })]);
    assert.ok(one.status === "rejected" && other.status === "fulfilled");
    assert.match(one.reason.message, /Unable to observe the hung of tower: the command took longer than 300 s/);
    assert.equal(other.value.value, "there");
  }).timeout(20_000);

  it("is named when it belongs to a fact that prints without end", async () => {
    const { view: tower } = view(60);
    machine.write("/run/value", "there");
    const [one, other] = await Promise.allSettled([tower.observe({ endless }), tower.observe({ value })]);
    assert.ok(one.status === "rejected" && other.status === "fulfilled");
    assert.match(one.reason.message, /Unable to observe the endless of tower: the command printed more than 64 MiB/);
    assert.equal(other.value.value, "there");
  }).timeout(30_000);

  it("does not affect the members of the commit when it belongs to a fact after them", async () => {
    const { view: tower } = view();
    const { code } = await tower.commit([run("set", sh`echo new >/run/value`)], { hung, value });
    assert.equal(code, 0);
    assert.equal((await tower.observe({ value })).value, "new");
  }).timeout(20_000);
});

describe("the host's lock", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());
  const file = () => machine.inside(lockPath);

  it("has a file that only root can read, for any creator", async () => {
    machine.write(lockPath, "41\n");
    await machine.run(`chmod 644 ${lockPath}`);
    await machine.run(composeCommit([[]], [], newNonce()));
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.match(machine.read(lockPath), /^42\n/);
    await machine.run(`rm ${lockPath}; umask 022; : >${lockPath}`);
    await machine.run(composeCommit([[]], [], newNonce()));
    assert.equal(statSync(file()).mode & 0o777, 0o600, "made by another");
  });

  it("names the process that holds it, its user, and what it runs", async () => {
    const holder = spawn("/bin/sh", ["-c", `exec 9>>${file()}; flock 9; sleep 61 & sleep 62; :`], {
      env: { ...process.env, SUDO_USER: "anna", SSH_CLIENT: "192.0.2.7 1 22" },
      detached: true,
    });
    try {
      while ((await machine.run(`flock -n ${lockPath} true`)).code === 0) await pause();
      await pause();
      const script = text(lock()).replace("flock -w 120", "flock -w 0.1");
      const { code, stderr } = await machine.run(script);
      assert.equal(code, 75);
      const said = new RegExp(
        `another run has held \\S+ for two minutes\\. Process ${holder.pid}( of anna| from 192\\.0\\.2\\.7)+ has it, and runs: sleep 61 sleep 62 *\\. To end it: kill ${holder.pid}\n`,
      );
      assert.match(stderr, said);
    } finally {
      if (holder.pid) process.kill(-holder.pid, "SIGKILL");
    }
  });
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
