import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Wanted } from "../../../../provider/core/kind";
import { text } from "../../../../provider/core/shell";
import { kindOf } from "../../../../provider/kinds";
import { fetchOf } from "../../../../provider/kinds/image/image-store.fact";
import { viewOf } from "../../../../provider/reconcile/host-view";
import { ensure } from "../../../../provider/reconcile/reconcile";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";
import { transportTo } from "../../../fake/transport";
import { checked, tower } from "../../support/given";

/** A curl that writes down its arguments, its input and the modes of the files, and then does what a test says. */
const curl = (behaviour: string) => `
printf '%s\\n' "$@" >"$FAKE_ROOT/run/arguments"
cat >"$FAKE_ROOT/run/config"
(cd "$FAKE_ROOT" && stat -c '%a %n' run/pulumi-kvm-image-*.log var/lib/pulumi-kvm/images/users/*) >"$FAKE_ROOT/run/modes"
ulimit -f >"$FAKE_ROOT/run/limit"
while [ "$1" != -o ]; do shift; done
${behaviour}`;

describe("an image from a URL", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const content = "a disk's contents";
  const sha256 = createHash("sha256").update(content).digest("hex");
  const secret = "s3cr3t-t0k3n";
  const source = `https://anna:${secret}@images.example/debian-{12,13}.raw?token=${secret}&a="b\\c`;

  async function made(behaviour: string, sum = sha256): Promise<void> {
    machine.command("curl", curl(behaviour));
    const want = checked<Wanted>("Image", "debian", { source, sha256: sum, timeoutSeconds: 90.5 });
    await ensure(
      viewOf(tower, async () => transportTo(machine)),
      kindOf("Image"),
      want,
    );
  }

  it("is not fetched again when its fetch ends while the facts are read", async () => {
    const own = "/var/lib/pulumi-kvm/images/users/debian";
    machine.write("/var/lib/pulumi-kvm/images/users/other", "");
    machine.command("systemctl", `printf '%s.raw\\n' ${sha256} >"$FAKE_ROOT${own}"; echo inactive`);
    const { stdout } = await machine.run(text(fetchOf("debian").command));
    assert.equal(fetchOf("debian").parse(stdout).content, `${sha256}.raw`);
  });

  it("is fetched with limits for time, speed and size, and follows redirects to https only", async () => {
    await made(`printf %s "${content}" >"$2"`);
    const given = machine.read("/run/arguments").split("\n");
    const value = (option: string) => given[given.indexOf(option) + 1];
    assert.deepEqual(["--max-time", "--speed-limit", "--speed-time", "--proto", "--proto-redir"].map(value), [
      "91",
      "1024",
      "60",
      "=http,https",
      "=https",
    ]);
    assert.ok(given.includes("--globoff"));
    assert.ok(Number(value("--max-filesize")) > 0);
    assert.equal(Number(machine.read("/run/limit")) * 512, Number(value("--max-filesize")));
    assert.match(machine.log().join("\n"), /systemd-run .*--property=RuntimeMaxSec=91 --property=UMask=0077/);
  });

  it("passes its URL to curl alone: not in a command line, and not in a file that others can read", async () => {
    await made(`printf %s "${content}" >"$2"`);
    assert.equal(machine.read("/run/config"), `url = "${source.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"\n`);
    assert.ok(!machine.read("/run/arguments").includes(secret));
    assert.ok(!machine.log().join("\n").includes(secret));
    const modes = machine.read("/run/modes").trim().split("\n");
    assert.ok(modes.length >= 2, modes.join());
    for (const line of modes) assert.match(line, /^600 /);
  });

  it("appears in errors without its secrets", async () => {
    const failures = [`printf %s other >"$2"`, "exit 63", `head -c 17 /dev/zero >"$2"; exit 153`, "exit 22"];
    for (const behaviour of failures) {
      await assert.rejects(made(behaviour), (error: Error) => {
        assert.ok(!error.message.includes(secret), error.message);
        return /Unable to create Image debian on tower: fetch the image failed/.test(error.message);
      });
    }
    await assert.rejects(
      made(`printf %s other >"$2"`),
      /checksum of https:\/\/images\.example\/debian-\{12,13\}\.raw is/,
    );
    await assert.rejects(made("exit 63"), /images\.example.* has more than \d+ bytes/);
  });

  it("fails with the time that it had when the host ended the fetch", async () => {
    machine.command(
      "systemctl",
      'case "$*" in *"-p Result"*) echo timeout ;; *) exec "$FAKE_COMMANDS/systemctl" "$@" ;; esac',
    );
    await assert.rejects(made("exit 1"), /it took longer than 90\.5 s\. Give it more by timeoutSeconds/);
  });
});
