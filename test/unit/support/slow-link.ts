import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy to a port on loopback that delays each direction by this many milliseconds. */
export async function slowLink(port: number, milliseconds: number): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
    near.setNoDelay(true);
    delay(near, far, milliseconds);
    delay(far, near, milliseconds);
    for (const socket of [near, far]) sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

function delay(from: Socket, to: Socket, milliseconds: number): void {
  from.on("data", (data) => setTimeout(() => to.writable && to.write(data), milliseconds));
  from.on("close", () => setTimeout(() => to.destroy(), milliseconds));
  from.on("error", () => undefined);
}
