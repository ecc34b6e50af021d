import assert from "node:assert/strict";
import { connect } from "node:net";
import { Client } from "ssh2";
import { keepAlive } from "../../../provider/transport/keepalive";
import { transportFor } from "../../../provider/transport/pool";
import { type FakeHost, fakeHost } from "../support/fake-host";
import { slowLink } from "../support/slow-link";
import { ownSurroundings } from "../support/surroundings";

describe("a connection", () => {
  ownSurroundings();
  let host: FakeHost;
  beforeEach(async () => {
    host = await fakeHost({ authorized: "anyone" });
  });
  afterEach(() => host.close());
  const endpoint = (port: number) => ({ name: "far", address: "127.0.0.1", port, user: "root", hostKey: host.hostKey });

  it("runs a script in one round trip", async () => {
    const link = await slowLink(host.port, 150);
    const transport = await transportFor(endpoint(link.port));
    await transport.run("true");
    await pause(1000);
    const before = link.replies;
    assert.ok(before > 3, "a login takes several");
    await transport.run("true");
    assert.equal(link.replies - before, 1);
    link.close();
  });

  it("is given up after three unanswered keepalive requests, and kept while the host answers", async () => {
    const socket = connect(host.port, "127.0.0.1");
    const client = new Client();
    let dead = false;
    client.on("error", () => undefined);
    client.connect({ sock: socket, username: "root", hostVerifier: (_key: Buffer) => true });
    await new Promise<void>((resolve) => client.once("ready", () => resolve()));
    const answers = keepAlive(client, socket, () => (dead = true), { every: 30, fresh: 0, patience: 300 });
    await pause(400);
    assert.deepEqual([dead, await answers()], [false, true]);
    host.silence();
    const [one, another] = [answers(), answers()];
    assert.deepEqual([await one, await another], [false, false]);
    await pause(100);
    assert.equal(dead, true);
    client.destroy();
  });

  it("reports with PULUMI_KVM_DEBUG the purpose and the time of each script, and never its content", async () => {
    process.env.PULUMI_KVM_DEBUG = "1";
    const transport = await transportFor(endpoint(host.port));
    const said = await stderrOf(() => transport.run("# say a word\necho geheim"));
    assert.match(said, /^pulumi-kvm far: say a word: done in \d+\.\d ms, \d+ B sent$/m);
    assert.ok(!said.includes("geheim"));
  });
});

async function stderrOf(action: () => Promise<unknown>): Promise<string> {
  const { write } = process.stderr;
  let said = "";
  process.stderr.write = ((text: string) => {
    said += text;
    return true;
  }) as typeof write;
  try {
    await action();
    return said;
  } finally {
    process.stderr.write = write;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
