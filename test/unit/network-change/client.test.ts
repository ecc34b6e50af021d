import assert from "node:assert/strict";
import { HostUnreachable } from "../../../provider/core/errors";
import type { Change } from "../../../provider/core/kind";
import { sh } from "../../../provider/core/shell";
import { runNetworkChange } from "../../../provider/network-change/client";
import { connectionErrors } from "../../../provider/transport/errors";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { type FakeTransport, transportTo } from "../../fake/transport";
import { failure } from "../support/failure";

/** A change whose confirmation prints the next line of the file at each look. */
const change = (withinSeconds = 1): Change => ({
  does: "change",
  purpose: "the change of eth0",
  stage: sh`printf %s "$change_id" >/run/id`,
  confirm: sh`[ "$(cat /run/id)" = "$change_id" ]; sed -n 1p /run/answers | sed 's/;/\\n/g'; sed -i 1d /run/answers`,
  undo: sh`: >/run/asked`,
  withinSeconds,
});

describe("the client of a network change", function () {
  this.timeout(20_000);
  let machine: FakeMachine;
  let transport: FakeTransport;
  let logins: number;
  const ways = () => ({
    reach: async () => transport,
    reachAnew: async () => {
      logins++;
      return transport;
    },
  });
  const answers = (...lines: string[]) => machine.write("/run/answers", `${lines.join("\n")}\n`);
  beforeEach(() => {
    machine = fakeMachine();
    transport = transportTo(machine);
    logins = 0;
  });
  afterEach(() => machine.remove());

  it("asks again until the host confirms, with a new login each time", async () => {
    answers("applying", "applying", "confirmed");
    await runNetworkChange(change(), ways());
    assert.equal(logins, 3);
  });

  it("reports the reason of a rollback in the words of the host", async () => {
    answers("rolling", "undone;no such thing;undone: it failed");
    await assert.rejects(
      runNetworkChange(change(), ways()),
      failure("KVM7002", /rolled the change of eth0 back.*\nno such thing\nundone: it failed$/s),
    );
  });

  it("reports why the change did not begin", async () => {
    const broken = { ...change(), stage: sh`echo "no room" >&2; exit 1` };
    await assert.rejects(
      runNetworkChange(broken, ways()),
      failure("KVM7001", /did not begin, and nothing was changed: no room/),
    );
    assert.equal(logins, 0);
  });

  it("asks for the result when the connection breaks at the beginning", async () => {
    answers("applying", "confirmed");
    transport.before = async (script) => {
      if (!script.includes("cat /run/id")) {
        await machine.run(script);
        throw new HostUnreachable(connectionErrors.cut("cut"));
      }
    };
    await runNetworkChange(change(), ways());
  });

  it("fails with the error of the connection when the change never began", async () => {
    answers("none");
    transport.before = (script) => {
      if (!script.includes("cat /run/id"))
        throw new HostUnreachable(connectionErrors.cut("cut after a command was sent"));
    };
    await assert.rejects(runNetworkChange(change(), ways()), /cut after a command was sent/);
  });

  it("fails when the host neither confirms nor rolls back in time", async () => {
    answers("applying");
    await assert.rejects(runNetworkChange(change(-60), ways()), failure("KVM7003", /does not answer after a change/));
  });

  it("fails when the host ends the preparation at its time limit", async () => {
    answers("none");
    const slow = { ...transport, run: async () => ({ code: 124, stdout: "", stderr: "", cut: "time" as const }) };
    const reach = async () => slow;
    await assert.rejects(runNetworkChange(change(), { ...ways(), reach }), failure("KVM7005", /did not prepare/));
  });

  it("does not confirm to another host", async () => {
    answers("confirmed");
    const reachAnew = async () => ({ ...transport, hostKey: "ssh-ed25519 AAAAother" });
    await assert.rejects(
      runNetworkChange(change(), { ...ways(), reachAnew }),
      failure("KVM7004", /shows another host key than before/),
    );
  });
});
