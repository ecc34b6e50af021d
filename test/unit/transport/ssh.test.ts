import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { transportAnew, transportFor } from "../../../provider/transport/pool";
import { roundTrips } from "../../../provider/transport/trace";
import type { Endpoint } from "../../../provider/transport/transport";
import { type FakeHost, type FakeHostOptions, fakeHost, keyPair } from "../support/fake-host";
import { ownSurroundings } from "../support/surroundings";

describe("a connection", () => {
  const surroundings = ownSurroundings();
  const open: FakeHost[] = [];
  afterEach(() => {
    for (const host of open.splice(0)) host.close();
  });

  async function host(options: FakeHostOptions = { authorized: "anyone" }): Promise<FakeHost> {
    const made = await fakeHost(options);
    open.push(made);
    return made;
  }

  const endpoint = ({ port, hostKey }: FakeHost, name = "tower"): Endpoint => ({
    name,
    address: "127.0.0.1",
    port,
    user: "root",
    hostKey,
  });

  it("is shared by all commands, which run in parallel", async () => {
    const tower = await host();
    const before = roundTrips().get("tower") ?? 0;
    const results = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => (await transportFor(endpoint(tower))).run(`sleep 0.1; echo ${n}`)),
    );
    assert.deepEqual(
      results.map(({ stdout }) => Number(stdout)),
      [...results.keys()],
    );
    assert.equal(tower.connections(), 1);
    assert.ok(tower.sessions.most <= 8 && tower.sessions.most > 4, `${tower.sessions.most} at a time`);
    assert.equal((roundTrips().get("tower") ?? 0) - before, 21);
  });

  it("uses fewer sessions when the host allows fewer", async () => {
    const tower = await host({ authorized: "anyone", sessionsAtMost: 2 });
    const transport = await transportFor(endpoint(tower));
    await Promise.all(Array.from({ length: 10 }, () => transport.run("sleep 0.02")));
    assert.equal(tower.sessions.most, 2);
  });

  it("closes its spare shell when the host allows only one session", async () => {
    const tower = await host({ authorized: "anyone", sessionsAtMost: 1 });
    const transport = await transportFor(endpoint(tower));
    for (let n = 0; n < 3; n++) assert.equal((await transport.run(`echo ${n}`)).stdout, `${n}\n`);
    await Promise.all([transport.run("true"), transport.run("true"), transport.read("/etc/hostname")]);
  });

  it("waits while the host still counts a session that has ended", async () => {
    const tower = await host({ authorized: "anyone", sessionsAtMost: 1, lingers: 300 });
    const transport = await transportFor(endpoint(tower));
    const results = await Promise.all(["a", "b", "c"].map((word) => transport.run(`echo ${word}`)));
    assert.deepEqual(results.map(({ stdout }) => stdout).sort(), ["a\n", "b\n", "c\n"]);
    assert.equal(tower.sessions.most, 1);
  }).timeout(10_000);

  it("reports a host that runs no commands at all", async () => {
    const tower = await host({ authorized: "anyone", sessionsAtMost: 0 });
    const transport = await transportFor(endpoint(tower));
    await assert.rejects(transport.run("true"), {
      name: "HostUnreachable",
      retryable: false,
      message: /does not run commands/,
      code: "KVM2007",
    });
  });

  it("runs commands while it uploads many files", async () => {
    const tower = await host();
    const transport = await transportFor(endpoint(tower));
    const sources = Array.from({ length: 10 }, () => new PassThrough());
    const puts = sources.map((source, n) => transport.put(source, join(surroundings.home, `f${n}`), { mode: 0o600 }));
    await Promise.all([transport.run("true"), transport.run("true")]);
    for (const source of sources) source.end("x");
    await Promise.all(puts);
  });

  it("starts only one constant command", async () => {
    const tower = await host();
    const transport = await transportFor(endpoint(tower));
    await transport.run("echo secret");
    await transport.put(Readable.from("secret"), join(surroundings.home, "f"), { mode: 0o600 });
    assert.equal(new Set(tower.commands).size, 1);
  });

  it("is opened again after it was cut", async () => {
    const tower = await host();
    const transport = await transportFor(endpoint(tower));
    await transport.run("true");
    tower.cut();
    await pause(50);
    assert.equal((await transport.run("echo again")).stdout, "again\n");
    assert.equal(tower.connections(), 2);
  });

  it("is opened again after the other end disappeared silently, before a command is sent", async () => {
    const tower = await host();
    const transport = await transportFor(endpoint(tower));
    await transport.run("true");
    tower.silence();
    await pause(2100);
    assert.equal((await transport.run("echo again")).stdout, "again\n");
    assert.equal(tower.connections(), 2);
  }).timeout(20_000);

  it("is kept while a command without output runs on it", async () => {
    const tower = await host();
    const transport = await transportFor(endpoint(tower));
    const running = transport.run("sleep 2.5; echo ran");
    await pause(2200);
    await Promise.all([transport.run("true"), transport.run("true")]);
    assert.equal((await running).stdout, "ran\n");
    assert.equal(tower.connections(), 1);
  });

  it("reports that a script may have run when it breaks during the script, and does not run the script again", async () => {
    const tower = await host();
    const mark = join(surroundings.home, "mark");
    const transport = await transportFor(endpoint(tower));
    const running = transport.run(`echo ran >>${mark}; sleep 5`);
    while (!exists(mark)) await pause(20);
    tower.cut();
    await assert.rejects(running, { code: "KVM2005", retryable: false, message: /may have executed it/ });
    assert.equal(readFileSync(mark, "utf8"), "ran\n");
  });

  it("gives up a command at its time limit, and closes its channel", async () => {
    const tower = await host();
    const transport = await transportFor(endpoint(tower));
    const late = transport.run("# wait\nexec sleep 5", { timeoutSeconds: 0.2 });
    await assert.rejects(late, {
      name: "HostUnreachable",
      retryable: false,
      message: /did not end after 0.2 s \(wait\)/,
    });
    assert.equal((await transport.run("echo on")).stdout, "on\n");
    assert.equal(tower.connections(), 1);
  });

  it("is tried again when the host drops logins", async () => {
    const tower = await host({ authorized: "anyone", drops: 2 });
    assert.equal((await (await transportFor(endpoint(tower))).run("echo in")).stdout, "in\n");
    assert.equal(tower.connections(), 3);
  }).timeout(5000);

  it("is not tried again for a host that did not answer before, nor for the hosts behind it", async () => {
    const { hostKey } = await host();
    // A name with two addresses, because Node then gives an error code without a text.
    const dead = { name: "localhost", port: await freePort(), user: "root", hostKey };
    await assert.rejects(transportFor(dead), { code: "KVM2001", message: /connection is refused \(.+\)/ });
    const guest = await host();
    const revived = await fakeHost({ authorized: "anyone", port: dead.port });
    open.push(revived);
    const behind = (n: number) => transportFor({ ...endpoint(guest, `guest${n}`), jump: dead });
    const refused = Array.from({ length: 20 }, (_, n) => assert.rejects(behind(n), { code: "KVM2001" }));
    await Promise.all([...refused, assert.rejects(transportFor(dead), /connection is refused/)]);
    assert.deepEqual([guest.connections(), revived.connections()], [0, 0]);
  });

  it("is tried again by transportAnew while a host starts", async () => {
    const key = keyPair();
    const tower = await host({ authorized: [key.public], drops: 1 });
    await assert.rejects(transportFor(endpoint(tower)), /is refused/);
    await assert.rejects(transportFor(endpoint(tower)), /is refused/);
    assert.equal(tower.connections(), 2, "a login that was refused is not tried again");
    surroundings.write(".ssh/id_ed25519", key.private);
    const transport = await transportAnew(endpoint(tower), { withinSeconds: 10 });
    assert.equal((await transport.run("echo up")).stdout, "up\n");
    assert.equal((await (await transportFor(endpoint(tower))).run("echo up")).stdout, "up\n");
  });

  it("is proved by a new login when transportAnew asks for it, although the old one works", async () => {
    const tower = await host();
    const old = await transportFor(endpoint(tower));
    await old.run("true");
    await transportAnew(endpoint(tower), { withinSeconds: 5 });
    assert.equal(tower.connections(), 2);
    assert.equal((await old.run("echo on")).stdout, "on\n");
    assert.equal(tower.connections(), 2);
  });

  it("reaches a Unix socket on the host", async () => {
    const tower = await host();
    const path = join(surroundings.home, "socket");
    const server = createServer((socket) => socket.end("hello")).listen(path);
    const stream = await (await transportFor(endpoint(tower))).openSocket(path);
    assert.equal(await readAll(stream), "hello");
    server.close();
    const absent = (await transportFor(endpoint(tower))).openSocket(`${path}2`);
    await assert.rejects(absent, { code: "KVM2008", message: /does not connect to .*socket2/ });
  });

  describe("through jump hosts", () => {
    it("goes hop by hop, and checks the key of each hop", async () => {
      const [outer, inner, guest] = [await host(), await host(), await host()];
      const jump = { ...endpoint(inner, "inner"), jump: endpoint(outer, "outer") };
      const transport = await transportFor({ ...endpoint(guest, "guest"), jump });
      assert.equal((await transport.run("echo there")).stdout, "there\n");
      assert.deepEqual([outer.connections(), inner.connections(), guest.connections()], [1, 1, 1]);
    });

    it("refuses a hop with another key", async () => {
      const [outer, guest] = [await host(), await host()];
      const jump = { ...endpoint(outer, "outer"), hostKey: `SHA256:${"A".repeat(43)}` };
      await assert.rejects(transportFor({ ...endpoint(guest, "guest"), jump }), /outer|is pinned/);
      assert.equal(guest.connections(), 0);
    });

    it("uses a key that is stored on the jump host", async () => {
      const key = keyPair();
      const [outer, guest] = [await host(), await host({ authorized: [key.public] })];
      const path = surroundings.write("state/guest.key", key.private);
      const behind = { ...endpoint(guest, "guest"), jump: endpoint(outer, "outer"), identityOnJump: path };
      assert.equal((await (await transportFor(behind)).run("echo in")).stdout, "in\n");
    });
  });
});

function exists(file: string): boolean {
  try {
    return readFileSync(file, "utf8").length > 0;
  } catch {
    return false;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
