import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface SlowLink {
  port: number;
  /** How often the far end has spoken after the near end: the number of round trips, however busy the machine is. */
  readonly replies: number;
  close(): void;
}

/** A proxy to a port on loopback that delays each direction by this many milliseconds. */
export async function slowLink(port: number, milliseconds: number): Promise<SlowLink> {
  const sockets = new Set<Socket>();
  let [replies, isAsked] = [0, false];
  const server = createServer((near) => {
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
    near.setNoDelay(true);
    near.on("data", () => {
      isAsked = true;
    });
    far.on("data", () => {
      if (isAsked) replies += 1;
      isAsked = false;
    });
    delay(near, far, milliseconds);
    delay(far, near, milliseconds);
    for (const socket of [near, far]) sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get replies() {
      return replies;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function delay(from: Socket, to: Socket, milliseconds: number): void {
  from.on("data", (data) => setTimeout(() => to.writable && to.write(data), milliseconds));
  from.on("close", () => setTimeout(() => to.destroy(), milliseconds));
  from.on("error", () => undefined);
}
