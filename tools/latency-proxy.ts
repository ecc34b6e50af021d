import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface LatencyProxy {
  host: string;
  port: number;
  /** Milliseconds for each way. May be changed at any time. */
  delay: number;
  /** Connections open now. */
  readonly connections: number;
  /** From now on nothing arrives, as when a router on the way dies, until heal() delivers what was on its way. */
  blackhole(): void;
  heal(): void;
  /** Resets every connection. */
  cut(): void;
  /** Lets so many more bytes go from the clients to the server, then resets the connection. */
  cutAfter(bytes: number): void;
  close(): Promise<void>;
}

/** A TCP proxy as far away from its target as one wants: for kernels that cannot delay packets themselves. */
export async function latencyProxy(target: { host: string; port: number }, delay = 0): Promise<LatencyProxy> {
  const road = openRoad();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, async (client) => {
    track(sockets, client);
    await road.travel(3 * proxy.delay); // the handshake that a connection over the real distance would take
    if (client.destroyed) return;
    const upstream = createConnection({ ...target, noDelay: true, allowHalfOpen: true });
    track(sockets, upstream);
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
    carry(client, upstream, proxy, road, { limited: true });
    carry(upstream, client, proxy, road, { limited: false });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");

  const proxy: LatencyProxy = {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    delay,
    get connections() {
      return [...sockets].filter((socket) => socket.localPort === proxy.port).length;
    },
    blackhole: road.block,
    heal: road.open,
    cut() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    cutAfter(bytes) {
      road.budget = bytes;
    },
    async close() {
      proxy.cut();
      await new Promise((closed) => server.close(closed));
    },
  };
  return proxy;
}

interface Road {
  travel(milliseconds: number): Promise<void>;
  block(): void;
  open(): void;
  /** How many bytes the client may still send. */
  budget: number;
}

function openRoad(): Road {
  let opened: Promise<void> = Promise.resolve();
  let open = () => {};
  return {
    budget: Number.POSITIVE_INFINITY,
    async travel(milliseconds) {
      if (milliseconds > 0) await sleep(milliseconds);
      await opened;
    },
    block() {
      opened = new Promise((resolve) => {
        open = resolve;
      });
    },
    open: () => open(),
  };
}

/** Every chunk leaves when it has travelled, and never before the one ahead of it. */
function carry(from: Socket, to: Socket, proxy: LatencyProxy, road: Road, { limited }: { limited: boolean }): void {
  let ahead: Promise<unknown> = Promise.resolve();
  let underway = 0;
  const send = (deliver: () => void) => {
    ahead = Promise.all([ahead, road.travel(proxy.delay)]).then(() => to.writable && deliver());
  };
  from.on("data", (chunk) => {
    underway += chunk.length;
    if (underway > window) from.pause();
    send(() => {
      const allowed = limited ? chunk.subarray(0, road.budget) : chunk;
      if (limited) road.budget -= allowed.length;
      to.write(allowed, () => {
        underway -= chunk.length;
        if (underway <= window) from.resume();
        if (limited && road.budget === 0) from.resetAndDestroy(); // the other end follows it
      });
    });
  });
  from.on("end", () => send(() => to.end()));
}

const window = 16 * 1024 * 1024; // bytes on their way: more than any test's bandwidth times delay

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on("error", () => {}); // both ends learn of it by the close that follows
  socket.on("close", () => sockets.delete(socket));
}
