import assert from "node:assert/strict";
import { text } from "../../../../provider/core/shell";
import { takeUser } from "../../../../provider/kinds/guest/user";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";

describe("the user of a guest", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const folder = "/var/lib/pulumi-kvm/guests";
  const take = async (name: string) => {
    machine.write(`${folder}/${name}/start`, "");
    const { code, stderr } = await machine.run(`set -eu\n${text(takeUser(name))}`);
    return code === 0 ? machine.read(`${folder}/${name}/user`).trim() : stderr.trim();
  };

  it("is the first free number, and stays the same", async () => {
    assert.equal(await take("one"), "60578");
    assert.equal(await take("two"), "60579");
    assert.equal(await take("one"), "60578");
  });

  it("becomes free when the folder of its guest is deleted", async () => {
    await take("one");
    await machine.run(`rm -r ${folder}/one`);
    assert.equal(await take("two"), "60578");
  });

  it("is never the shared user of version 0.1.0, and never outside the range", async () => {
    const upTo = (last: number) => Array.from({ length: last - 60577 }, (_, i) => `${60578 + i}`).join("\n");
    machine.write(`${folder}/many/user`, `${upTo(60998)}\n`);
    assert.equal(await take("next"), "61000");
    machine.write(`${folder}/many/user`, `${upTo(61183)}\n`);
    assert.equal(await take("last"), "all users for guests are taken (60578 to 61183)");
  });

  it("is never a number that has an account or a group on the host", async () => {
    await machine.run(`mkdir -p ${folder}`);
    // getent of a host where these numbers are taken.
    const known = 'getent() { case "$1 $2" in "passwd 60578"|"group 60579") echo somebody ;; *) return 2 ;; esac; }';
    machine.write(`${folder}/one/start`, "");
    await machine.run(`set -eu\n${known}\n${text(takeUser("one"))}`);
    assert.equal(machine.read(`${folder}/one/user`), "60580\n");
  });
});
