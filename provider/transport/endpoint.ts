import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { UserError } from "../core/errors";
import { type EnvironmentHost, environmentHost, environmentKeys } from "./env-config";
import { settingErrors } from "./errors";
import { type HostSettings, sshSettings } from "./ssh-config";
import { refuseWhatCannotBeHonoured, unknownKeywords } from "./ssh-options";
import type { Route } from "./ssh-route";
import { expand, expandCommand, identityAgent, list, type Settings, single, yes } from "./ssh-settings";
import type { Endpoint } from "./transport";

/** The values from one source. The first source with a value for a field decides that field. */
interface Source {
  address?: string;
  port?: number;
  user?: string;
  hostKey?: string;
  sudo?: boolean;
  jump?: Jump;
}

/** "none", a chain in the form of ProxyJump, an endpoint, or the command that leads to the host. */
type Jump = string | Endpoint | ProxyCommand;
type ProxyCommand = { command: string };

const hopsAtMost = 8;

/**
 * Finds out how to reach a host. Every process does this again. The text of a ProxyJump hop decides first. Then come,
 * in this order: the environment, the block of the SSH configuration that names the host, the program or the state, and
 * the rest of the SSH configuration. docs/adr/003-resolve-the-connection-again-in-each-run.md has the reasons.
 * @throws UserError for a setting that it does not understand or support
 */
export function resolve(endpoint: Endpoint, explicit: Source = {}, hops: readonly string[] = []): Route {
  if (hops.length >= hopsAtMost)
    throw new UserError(
      settingErrors.invalidJump(`the way to ${hops[0]} has more than ${hopsAtMost} hops: ${hops.join(" → ")}`),
    );
  const environment = environmentHost(endpoint.name);
  const settings = settingsFor(endpoint, explicit, environment);
  const sources = [
    explicit,
    fromEnvironment(endpoint.name, environment),
    fromSettings(settings.named, settings.all),
    endpoint,
    fromSettings(settings.all, settings.all),
  ];
  const wish = (field: keyof Source) => sources.find((source) => source[field] !== undefined)?.[field];
  const name = endpoint.name;
  const address = (wish("address") as string | undefined) ?? name;
  const user = (wish("user") as string | undefined) ?? userInfo().username;
  const jump = wish("jump") as Jump | undefined;
  const tokens = { host: address.replaceAll("%h", name), user, name };
  const port = (wish("port") as number | undefined) ?? 22;
  refuseWhatCannotBeHonoured(name, settings.all);
  const notes = unknownKeywords(settings.all).map((keyword) => `(${keyword} in ~/.ssh/config is an unknown setting.)`);
  return {
    name,
    address: tokens.host,
    port,
    user,
    sudo: (wish("sudo") as boolean | undefined) ?? !isRoot(address, user),
    hostKey: wish("hostKey") as string | undefined,
    ...way(jump, [...hops, name], { ...tokens, port }),
    bindAddress: single(settings.all.bindaddress),
    identityOnJump: endpoint.identityOnJump,
    givenKeys: environmentKeys(name, environment, notes),
    ...keySettings(settings.all, tokens),
    ...trustSettings(settings.all, tokens),
    ...timeLimits(single(settings.all.connecttimeout)),
    notes,
  };
}

/**
 * ConnectTimeout limits both the connection and the login, as ssh(1) does. By default the login has more time: the CPU of
 * an emulated guest on a busy host takes longer for the exchange of keys than a dead host takes to be recognized.
 */
function timeLimits(connectTimeout: string | undefined): Pick<Route, "connectSeconds" | "loginSeconds"> {
  const given = Number(connectTimeout) || undefined;
  return { connectSeconds: given ?? 8, loginSeconds: given ?? 30 };
}

/**
 * The hypervisor determines how to reach a guest. The SSH configuration does not count for it: a block for another
 * `deb1` could lead to the wrong host. For other hosts, the settings are those of `ssh NAME` when a block names the
 * host. Otherwise they are those of `ssh ADDRESS`.
 */
function settingsFor(endpoint: Endpoint, explicit: Source, environment: EnvironmentHost): HostSettings {
  if (endpoint.identityOnJump !== undefined) return { named: {}, all: {} };
  const byName = sshSettings(endpoint.name);
  if (Object.keys(byName.named).length > 0) return byName;
  const address = explicit.address ?? environment.address ?? endpoint.address;
  return { named: {}, all: address === undefined ? byName.all : sshSettings(address).all };
}

function fromEnvironment(name: string, { jump, ...rest }: EnvironmentHost): Source {
  if (jump === undefined || typeof jump === "string") return { ...rest, jump };
  return { ...rest, jump: { name: jump.address ?? name, ...jump } as Endpoint };
}

function fromSettings(settings: Settings, all: Settings): Source {
  const port = single(settings.port);
  return {
    address: single(settings.hostname),
    port: port === undefined ? undefined : Number(port),
    user: single(settings.user),
    jump: jumpOf(settings, all),
  };
}

/**
 * Of ProxyJump and ProxyCommand, the first counts, as with ssh. After `ProxyJump none`, a ProxyCommand counts anywhere.
 */
function jumpOf(settings: Settings, all: Settings): Jump | undefined {
  const first = Object.keys(settings).find((keyword) => keyword === "proxyjump" || keyword === "proxycommand");
  const jump = single(settings.proxyjump);
  if (first === undefined || (first === "proxyjump" && jump !== "none")) return jump;
  const command = single(settings.proxycommand ?? all.proxycommand) ?? "none";
  return command === "none" ? command : { command };
}

function way(jump: Jump | undefined, hops: readonly string[], tokens: Tokens & { port: number }) {
  if (jump === undefined || jump === "none") return {};
  if (typeof jump !== "string" && "command" in jump) return { proxyCommand: expandCommand(jump.command, tokens) };
  return { jump: resolveJump(jump, hops) };
}

/** `a,b` leads over a to b. The jump settings in b's own block do not count. */
function resolveJump(jump: string | Endpoint, hops: readonly string[]): Route {
  if (typeof jump !== "string") return resolve(jump, {}, hops);
  const chain = jump.split(",").map((hop) => hop.trim());
  const last = parseHop(chain.pop() ?? "");
  const explicit = chain.length > 0 ? { ...last.explicit, jump: chain.join(",") } : last.explicit;
  return resolve({ name: last.name }, explicit, hops);
}

/** `user@host:port`, `[::1]:port`, `ssh://user@host:port`. */
function parseHop(hop: string): { name: string; explicit: Source } {
  const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?\/?$/.exec(hop);
  const name = match?.[2] ?? match?.[3];
  const port = Number(match?.[4] ?? 22);
  if (name === undefined || /[@/]|^-/.test(name) || /[\s\p{Cc}]|(^|@)-/u.test(hop) || port < 1 || port > 65535)
    throw new UserError(settingErrors.invalidJump(`invalid jump host "${hop}": write user@host:port`));
  return { name, explicit: { user: match?.[1], port: match?.[4] === undefined ? undefined : Number(match[4]) } };
}

function isRoot(address: string, user: string): boolean {
  return address === "local" ? process.getuid?.() === 0 : user === "root";
}

type Tokens = Parameters<typeof expand>[1];

/** Without an IdentityFile we try the usual names, as ssh does. Certificates and security keys are not supported. */
function keySettings(settings: Settings, tokens: Tokens) {
  const usual = ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => join(homedir(), ".ssh", name));
  const named = list(settings.identityfile).filter((file) => file !== "none");
  return {
    identityFiles: named.length > 0 ? named.map((file) => expand(file, tokens)) : usual,
    identitiesOnly: yes(settings.identitiesonly),
    agent: identityAgent(single(settings.identityagent), tokens),
  };
}

function trustSettings(settings: Settings, tokens: Tokens) {
  const words = (value: string | string[] | undefined) => list(value).flatMap((text) => text.split(/\s+/));
  const own = words(settings.userknownhostsfile ?? ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]);
  const global = words(settings.globalknownhostsfile ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]);
  const files = [...own, ...global].filter((file) => file !== "none").map((file) => expand(file, tokens));
  const acceptNew = /^(accept-new|no|off)$/i.test(single(settings.stricthostkeychecking) ?? "");
  return {
    hostKeyAlias: single(settings.hostkeyalias),
    knownHostsFiles: files,
    newKeysGoTo: acceptNew ? files[0] : undefined,
    hashKnownHosts: yes(settings.hashknownhosts),
    revokedKeysFiles: words(settings.revokedhostkeys)
      .filter((file) => file !== "none")
      .map((file) => expand(file, tokens)),
    requiredRsaBits: Number(single(settings.requiredrsasize) ?? 1024) || 1024,
    algorithmSettings: {
      KexAlgorithms: single(settings.kexalgorithms),
      Ciphers: single(settings.ciphers),
      MACs: single(settings.macs),
      HostKeyAlgorithms: single(settings.hostkeyalgorithms),
      PubkeyAcceptedAlgorithms: single(settings.pubkeyacceptedalgorithms ?? settings.pubkeyacceptedkeytypes),
    },
  };
}
