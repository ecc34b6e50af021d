import type { AlgorithmSettings } from "./algorithms";

/** A private key's text, and where it is from. */
export interface GivenKey {
  label: string;
  text: string | Buffer;
  /** It was read on a host, which may be hostile. */
  fromHost?: true;
}

/** How a host is reached, with nothing left open: what {@link resolve} makes of an Endpoint in this very process. */
export interface Route {
  name: string;
  /** "local" is this machine. */
  address: string;
  port: number;
  user: string;
  sudo: boolean;
  /** The pinned key: known_hosts is not asked. */
  hostKey?: string;
  /** What known_hosts calls the host, when that is not its address. */
  hostKeyAlias?: string;
  knownHostsFiles: string[];
  /** Where an unknown key is written down and then trusted; unset = an unknown key is refused. */
  newKeysGoTo?: string;
  /** The host's name is written there as a hash. */
  hashKnownHosts: boolean;
  /** Files of keys that are never trusted, not even when they are pinned. */
  revokedKeysFiles: string[];
  /** Smaller RSA keys of a host are refused. */
  requiredRsaBits: number;
  /** What the SSH configuration says of the algorithms of a connection. */
  algorithmSettings: AlgorithmSettings;
  jump?: Route;
  /** The user's own command whose input and output lead to the host, ready for a shell. */
  proxyCommand?: string;
  /** The address of this machine that the connection is to come from. */
  bindAddress?: string;
  /** A private key's path on the jump host. */
  identityOnJump?: string;
  /** Keys from the environment, tried before all others. */
  givenKeys: GivenKey[];
  /** Private keys, or the public halves of keys in the agent. */
  identityFiles: string[];
  /** Of the agent's keys only those of {@link identityFiles} are shown. */
  identitiesOnly: boolean;
  /** The agent's socket. */
  agent?: string;
  connectSeconds: number;
  /** What of the SSH configuration could not be honoured: said when the host is not reached. */
  notes: string[];
}

/** As a person writes it: for errors and debug output. */
export function display(route: Route): string {
  const address = route.address.includes(":") ? `[${route.address}]` : route.address;
  const through = route.jump ? ` through ${route.jump.name}` : "";
  return `${route.user}@${address}${route.port === 22 ? "" : `:${route.port}`}${through}`;
}
