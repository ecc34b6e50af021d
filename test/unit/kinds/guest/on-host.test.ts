import assert from "node:assert/strict";
import { text } from "../../../../provider/core/shell";
import type { GuestWant } from "../../../../provider/kinds/guest/guest-args";
import { guestFiles, writeGuestFiles } from "../../../../provider/kinds/guest/guest-files";
import { guestFolder, guests, runFolder } from "../../../../provider/kinds/guest/guest-state.fact";
import type { Machine } from "../../../../provider/kinds/host/machine.fact";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";
import { checked } from "../../support/given";

describe("a guest on its host", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  it("has its secrets only in files that root alone can read", async () => {
    const secret = "s3cr3t-p4ssw0rd";
    const cloudInit = { userData: `#cloud-config\npassword: ${secret}\n`, networkConfig: `# ${secret}\nversion: 2\n` };
    const want = checked<GuestWant>("Guest", "web", { name: "web", cloudInit });
    const seen = { architecture: "x86_64", tools: ["qemu-system-x86_64"], groups: [] } as unknown as Machine;
    const files = guestFiles(want, { machine: seen, qemuVersion: "10.0", keys: [] });
    const { code, stderr } = await machine.run(`set -eu\n${text(writeGuestFiles(want, files, Object.keys(files)))}\n`);
    assert.equal(code, 0, stderr);
    const paths = ["etc", "var", "run"].flatMap((folder) => machine.files(folder));
    const { stdout } = await machine.run(`stat -c %a ${paths.join(" ")}`);
    const modes = stdout.trim().split("\n");
    const open = paths.filter((_path, i) => modes[i] !== "600").map((path) => machine.read(path));
    const all = [...open, ...open.map((content) => Buffer.from(content, "base64").toString())].join("\n");
    assert.ok(!all.includes(secret));
    assert.ok(paths.length > open.length && open.length > 4, paths.join());
  });

  describe("while it runs", () => {
    const run = `${runFolder}/web`;
    const seen = async () => {
      const { code, stdout, stderr } = await machine.run(`set -eu\n${text(guests.command)}\n`);
      assert.equal(code, 0, stderr);
      const found = guests.parse(stdout);
      assert.deepEqual(Object.keys(found), ["web"]);
      return found.web;
    };
    beforeEach(() => {
      machine.write(`${guestFolder}/web/user`, "60578\n");
      machine.write(`${run}/down.1`, "");
      machine.command("systemctl", `printf 'ActiveState=active\\nMainPID=%s\\n' ${process.pid}`);
    });

    it("cannot inject a fact by the name of a file in its folder", async () => {
      machine.write(`${run}/down.9\nkey=ssh-ed25519 AAAAattacker`, "");
      machine.write(`${run}/down.2\nguest=zzz`, "");
      const { hostKeys, linksDown } = (await seen()) ?? {};
      assert.deepEqual([hostKeys, linksDown], [[], [1]]);
    });

    it("cannot lead the provider to another file by a link or a pipe in its folder", async () => {
      machine.write("/var/lib/root-owned", "a secret of root's");
      for (const made of ["ln -s /var/lib/root-owned", "mkfifo"]) {
        await machine.run(`rm -f ${run}/started; ${made} ${run}/started`);
        assert.equal((await seen())?.startedBy, "", made);
      }
      machine.write(`${run}/other`, "#!/bin/sh\n");
      await machine.run(`rm -f ${run}/started; mv ${run}/other ${run}/started`);
      assert.match((await seen())?.startedBy ?? "", /^[0-9a-f]{64}$/);
    });
  });
});
