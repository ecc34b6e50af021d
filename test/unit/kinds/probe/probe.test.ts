import assert from "node:assert/strict";
import { text } from "../../../../provider/core/shell";
import { probeOf } from "../../../../provider/kinds/probe/attempt.fact";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";

/** The fake tools write down their arguments and their input. All users of a host can read arguments, but not input. */
const recorder = `
for argument in "$@"; do printf '%s\\n' "$argument" >>"$FAKE_ROOT/run/arguments"; done
cat >"$FAKE_ROOT/run/input"`;
const curl = `${recorder}\nprintf '200 192.0.2.10'`;
const wget = `
if [ "$1" = --help ]; then echo '  -i,  --input-file=FILE'; exit; fi
${recorder}
echo '  HTTP/1.1 301 Moved' >&2
echo '  HTTP/1.1 200 OK' >&2`;

describe("a probe over HTTP", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
    machine.lack("curl");
  });
  afterEach(() => machine.remove());

  const secret = "s3cr3t-t0k3n";
  const { command, parse } = probeOf({ http: `http://anna:${secret}@h.example/[1-9]?token=${secret}` });
  const tried = async () => parse((await machine.run(text(command))).stdout);

  for (const [tool, script] of Object.entries({ curl, wget })) {
    it(`passes the URL only on standard input when ${tool} fetches it`, async () => {
      machine.command(tool, script);
      const { ok, result } = await tried();
      assert.deepEqual([ok, result], [true, "200"]);
      assert.match(
        machine.read("/run/input"),
        new RegExp(`http://anna:${secret}@h\\.example/\\[1-9\\]\\?token=${secret}`),
      );
      assert.doesNotMatch(machine.read("/run/arguments"), new RegExp(`${secret}|h\\.example`));
    });
  }

  it("does not use a wget that takes a URL only as an argument", async () => {
    machine.command("wget", `${recorder}\nexit 1`);
    assert.deepEqual(await tried(), { ok: false, result: "neither curl nor GNU wget is there" });
    assert.doesNotMatch(machine.read("/run/arguments"), /http/);
  });
});
