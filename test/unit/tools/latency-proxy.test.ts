import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type LatencyProxy, latencyProxy } from "../../../tools/latency-proxy";

describe("the latency proxy", () => {
  let server: Server;
  let proxy: LatencyProxy;
  let received = 0;
  before(async () => {
    server = createServer((socket) => socket.on("error", () => {}).on("data", (data) => answer(socket, data)));
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  after(() => server.close());
  beforeEach(async () => {
    received = 0;
    proxy = await latencyProxy({ host: "127.0.0.1", port: (server.address() as AddressInfo).port }, 20);
  });
  afterEach(() => proxy.close());

  const answer = (socket: Socket, data: Buffer) => {
    received += data.length;
    socket.write(data);
  };
  const connect = async () => {
    const socket = createConnection(proxy).on("error", () => {}); // the proxy's end resets what is open
    await once(socket, "connect");
    await echo(socket); // it is through
    return socket;
  };
  const echo = async (socket: Socket, text = "x") => {
    const began = performance.now();
    socket.write(text);
    let back = "";
    while (back.length < text.length) back += (await once(socket, "data"))[0];
    return { back, took: performance.now() - began };
  };

  it("delays both directions and keeps the order", async () => {
    const socket = await connect();
    const text = Array.from({ length: 50_000 }, (_, line) => `${line}\n`).join("");
    const { back, took } = await echo(socket, text);
    assert.equal(back, text);
    assert.ok(took >= 39, `${took} ms are less than 40`);
    proxy.delay = 300;
    assert.ok((await echo(socket)).took >= 599, "the new delay counts at once");
  });

  it("delivers delayed data after a black hole ends", async () => {
    const socket = await connect();
    proxy.blackhole();
    const answered = echo(socket);
    assert.equal(await Promise.race([answered, sleep(200, "nothing")]), "nothing");
    proxy.heal();
    assert.equal((await answered).back, "x");
  });

  it("resets connections, at once or after a number of bytes", async () => {
    const [one, other] = [await connect(), await connect()];
    const reset = [one, other].map((socket) => once(socket, "error"));
    assert.equal(proxy.connections, 2);
    received = 0;
    proxy.cutAfter(3);
    one.write("abcdef");
    assert.equal((await reset[0])?.[0].code, "ECONNRESET");
    assert.equal(received, 3);
    proxy.cut();
    assert.equal((await reset[1])?.[0].code, "ECONNRESET");
  });
});
