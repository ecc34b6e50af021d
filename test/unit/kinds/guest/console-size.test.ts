import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { text } from "../../../../provider/core/shell";
import { consoleBytes, readConsole } from "../../../../provider/kinds/guest/console";
import type { GuestWant } from "../../../../provider/kinds/guest/guest-args";
import { guestFolder, guests } from "../../../../provider/kinds/guest/guest-state.fact";
import { launchScript } from "../../../../provider/kinds/guest/launch";
import { readiness } from "../../../../provider/kinds/guest/readiness.fact";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";
import { checked } from "../../support/given";

/** Root in a guest writes any amount to the console, and all stacks of the hypervisor read it. */
describe("a console that a guest fills", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const log = `${guestFolder}/web/log`;
  const key = `ssh-ed25519 AAAA${"B".repeat(1000)} root@web\n`;
  const contents: Record<string, string> = {
    "without an end of a line": "A".repeat(20 << 20),
    "with host keys without end": `-----BEGIN SSH HOST KEY KEYS-----\n${key.repeat(20_000)}`,
    "with failures without end": "cloud-init[1]: ERROR failed\n".repeat(700_000),
  };

  for (const [how, content] of Object.entries(contents)) {
    it(`gives facts of a bounded size, ${how}`, async () => {
      for (const file of ["console", "console.old", "host-keys"]) machine.write(`${log}/${file}`, content);
      for (const fact of [guests, readiness({ name: "web" })]) {
        const { code, stdout } = await machine.run(`set -eu\n${text(fact.command)}\n`);
        assert.equal(code, 0, fact.name);
        assert.ok(stdout.length < 1 << 16, `${fact.name}: ${stdout.length} bytes`);
      }
    }).timeout(60_000);
  }

  it("is read only at its beginning and its end when an older release left a large file", async () => {
    for (const file of ["console", "console.old"]) machine.write(`${log}/${file}`, "A".repeat(3 * consoleBytes));
    const { stdout } = await machine.run(`${text(readConsole)}\nconsole_of ${guestFolder}/web | wc -c\n`);
    assert.ok(Number(stdout) > consoleBytes && Number(stdout) <= 2 * (consoleBytes + 1), stdout);
    machine.write(`${log}/console`, `first words\n${"A".repeat(3 * consoleBytes)}\nlast words\n`);
    const read = await machine.run(`${text(readConsole)}\nconsole_of ${guestFolder}/web\n`);
    assert.match(read.stdout, /last words\n?$/);
  });

  it("is stored in two files of a bounded size, which hold its newest output", async () => {
    const script = launchScript(checked<GuestWant>("Guest", "web", { name: "web" }), []);
    const [keep = ""] = /^ *keep_console\(\) \{.*^ *\} 2>\/dev\/null$/ms.exec(script) ?? [];
    assert.match(keep, /cat >>/);
    machine.write(`${log}/console`, "before\n");
    const { stderr } = await machine.run(
      `${keep}\n{ head -c ${5 * consoleBytes} /dev/zero; sleep 1; echo last words; } | keep_console\n`,
    );
    const sizes = ["console", "console.old"].map((file) => statSync(machine.inside(`${log}/${file}`)).size);
    assert.ok(
      sizes.every((size) => size <= consoleBytes),
      `${sizes} ${stderr}`,
    );
    assert.match(machine.read(`${log}/console`), /last words/);
  });
});
