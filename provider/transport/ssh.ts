import { connect as connectTcp, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Algorithms, Client, type ServerHostKeyAlgorithm } from "ssh2";
import { allowed } from "./algorithms";
import { authentication } from "./authentication";
import { type Connection, connection } from "./connection";
import { credentials } from "./credentials";
import { hostKeyCheck } from "./host-key";
import { proxyStream } from "./proxy-command";
import { publicKeyText } from "./public-key";
import { connectFailed } from "./ssh-errors";
import type { GivenKey, Route } from "./ssh-route";

/**
 * Connects, checks the host's key and logs in; through `via` when the route has a jump.
 * @param found keys from the jump host
 * @throws HostUnreachable, retryable unless the host's key or the login was refused
 */
export async function connect(route: Route, via?: Connection, found: readonly GivenKey[] = []): Promise<Connection> {
  const release = via?.hold();
  try {
    const auth = authentication(route, await credentials(route, found));
    const socket = await stream(route, via);
    const { client, hostKey } = await login(route, socket, auth);
    return connection(route, client, hostKey, socket, via);
  } finally {
    release?.();
  }
}

async function stream(route: Route, via?: Connection): Promise<Duplex> {
  if (via) return via.forward(route.address, route.port);
  return route.proxyCommand === undefined ? tcp(route) : proxyStream(route.proxyCommand);
}

function tcp(route: Route): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { address: host, port, bindAddress: localAddress } = route;
    const socket = connectTcp({ host, port, localAddress, noDelay: true });
    const fail = (error: Error) => {
      socket.destroy();
      reject(connectFailed(route, error));
    };
    socket.setTimeout(route.connectSeconds * 1000, () => fail(new Error(`no answer in ${route.connectSeconds} s`)));
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}

/** Keeps our own refusal of a host key and throws it, because ssh2 only reports "failed". */
function login(route: Route, socket: Duplex, auth: ReturnType<typeof authentication>) {
  const check = hostKeyCheck(route);
  const client = new Client();
  let hostKey = "";
  let refusal: unknown;
  return new Promise<{ client: Client; hostKey: string }>((resolve, reject) => {
    const fail = (error: Error) => reject(refusal ?? auth.failure(error) ?? connectFailed(route, error));
    client.on("error", (error) => (auth.isPassing(error) ? auth.note(error) : fail(error)));
    client.once("close", () => fail(new Error("the connection was closed during login")));
    client.once("ready", () => resolve({ client, hostKey }));
    client.connect({
      sock: socket as never,
      username: route.user,
      readyTimeout: route.loginSeconds * 1000,
      algorithms: algorithms(route, check.algorithms),
      // Otherwise ssh2 sends requests of OpenSSH only to OpenSSH. Other servers may support them too.
      strictVendor: false,
      authHandler: auth.handler,
      hostVerifier: (key: Buffer) => {
        try {
          check.verify(key);
          hostKey = publicKeyText(key);
          return true;
        } catch (error) {
          refusal = error;
          return false;
        }
      },
    });
  }).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
}

/**
 * Without a Ciphers setting, ssh2 puts AES-GCM first, because Node has it in native code everywhere. Only on a CPU that
 * is known to lack AES, ssh2 may prefer ChaCha20.
 */
function algorithms({ algorithmSettings: settings }: Route, serverHostKey: ServerHostKeyAlgorithm[]): Algorithms {
  return {
    serverHostKey,
    hmac: allowed(settings, "MACs"),
    ...(settings.KexAlgorithms !== undefined && { kex: allowed(settings, "KexAlgorithms") }),
    ...(settings.Ciphers !== undefined && { cipher: allowed(settings, "Ciphers") }),
  };
}
