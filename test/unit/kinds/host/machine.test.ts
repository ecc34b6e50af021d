import assert from "node:assert/strict";
import { text } from "../../../../provider/core/shell";
import { machine as fact } from "../../../../provider/kinds/host/machine.fact";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";

describe("the facts of a machine", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const seen = async () => fact.parse((await machine.run(`set -eu\n${text(fact.command)}\n`)).stdout);
  const qemu = "/usr/libexec/qemu-kvm";

  for (const has of [true, false]) {
    it(`include the QEMU of RHEL, which is not in PATH, ${has ? "with" : "without"} the user-mode network`, async () => {
      machine.write(qemu, `#!/bin/sh\n[ "$*" != "-netdev help" ] || printf 'tap\\n${has ? "user" : "bridge"}\\n'\n`);
      await machine.run(`chmod 755 ${qemu}`);
      const { libexecQemu, userNetwork } = await seen();
      assert.deepEqual([libexecQemu, userNetwork], [qemu, has]);
    });
  }

  it("have no QEMU outside of PATH on other distributions, and prefer apt-get to dnf", async () => {
    for (const tool of ["dnf", "apt-get"]) machine.command(tool, "exit 0");
    const { libexecQemu, dnf, tools } = await seen();
    assert.deepEqual([libexecQemu, dnf, tools.includes("apt-get")], ["", false, true]);
    machine.lack("apt-get");
    assert.equal((await seen()).dnf, true);
  });
});
