import type { AlgorithmSettings } from "./algorithms";

/** The text of a private key, and its source. */
export interface GivenKey {
  label: string;
  text: string | Buffer;
  /** The key comes from a host, which may be hostile. */
  fromHost?: true;
}

/** All that is needed to reach a host. {@link resolve} makes it from an Endpoint, again in each process. */
export interface Route {
  name: string;
  /** "local" is this machine. */
  address: string;
  port: number;
  user: string;
  sudo: boolean;
  /** The pinned key. With a pin, only the `@revoked` lines of known_hosts count. */
  hostKey?: string;
  /** The name of the host in known_hosts, when it is not the address. */
  hostKeyAlias?: string;
  knownHostsFiles: string[];
  /** The file to which we add an unknown key, and then trust it. Unset: we refuse an unknown key. */
  newKeysGoTo?: string;
  /** Whether we write the name of the host there as a hash. */
  hashKnownHosts: boolean;
  /** Files of keys that we never trust, not even when they are pinned. */
  revokedKeysFiles: string[];
  /** The minimum size of a host's RSA key, in bits. */
  requiredRsaBits: number;
  /** The algorithm settings of the SSH configuration. */
  algorithmSettings: AlgorithmSettings;
  jump?: Route;
  /** The user's ProxyCommand, with its tokens expanded, ready for a shell. Its input and output lead to the host. */
  proxyCommand?: string;
  /** The address of this machine that the connection comes from. */
  bindAddress?: string;
  /** The path of a private key on the jump host. */
  identityOnJump?: string;
  /** Keys from the environment, tried before all others. */
  givenKeys: GivenKey[];
  /** Private keys, or the public halves of keys in the agent. */
  identityFiles: string[];
  /** Whether we use only those keys of the agent that {@link identityFiles} names. */
  identitiesOnly: boolean;
  /** The agent's socket. */
  agent?: string;
  /** Time limit for the TCP connection. */
  connectSeconds: number;
  /** Time limit from the TCP connection until the host accepts the login. */
  loginSeconds: number;
  /**
   * Unknown keywords of the SSH configuration, and key files that we cannot read. The error shows them when the
   * connection fails.
   */
  notes: string[];
}

/** The route as a person writes it, for errors and debug output. */
export function display(route: Route): string {
  const address = route.address.includes(":") ? `[${route.address}]` : route.address;
  const through = route.jump ? ` through ${route.jump.name}` : "";
  return `${route.user}@${address}${route.port === 22 ? "" : `:${route.port}`}${through}`;
}
