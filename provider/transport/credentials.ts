import { readFileSync } from "node:fs";
import { type AnyAuthMethod, BaseAgent, createAgent, type ParsedKey, type SignCallback, utils } from "ssh2";
import { fingerprint } from "../core/host-key-pin";
import { allowed } from "./algorithms";
import type { GivenKey, Route } from "./ssh-route";
import { withinTime } from "./timeout";

const agentSeconds = 5;

/** One way to log in. */
export interface Credential {
  /** The name in errors: its source and fingerprint, never its content. */
  label: string;
  /** The fingerprint of the public key, so that no key is tried twice: a server ends the connection after six tries. */
  fingerprint: string;
  type: string;
  method: AnyAuthMethod;
}

export interface Credentials {
  /** In the order in which they are tried. */
  tried: Credential[];
  /** The keys that were left out, and why. */
  skipped: string[];
}

/**
 * The order of ssh: first the keys that were given for the host, then the keys of the agent, then the keys in files.
 */
export async function credentials(route: Route, found: readonly GivenKey[]): Promise<Credentials> {
  const skipped: string[] = [];
  const note = (text: string) => void skipped.push(text);
  const readable = route.identityFiles.flatMap((file) => readKey(file, note));
  const named = new Set(readable.flatMap(publicFingerprint));
  const agent = route.agent === undefined ? [] : await agentKeys(route.user, route.agent, note);
  const tried = [
    ...[...route.givenKeys, ...found].flatMap((key) => privateKey(route.user, key, note)),
    ...agent.filter((key) => named.has(key.fingerprint)),
    ...(route.identitiesOnly ? [] : agent),
    ...readable.flatMap((key) => privateKey(route.user, key, note)),
  ];
  return { tried: distinct(tried).filter(isAccepted(route, note)), skipped };
}

/**
 * Leaves out keys of types that PubkeyAcceptedAlgorithms does not allow. An RSA key can sign in several ways, none of
 * them with SHA-1.
 */
function isAccepted(route: Route, note: (text: string) => void): (credential: Credential) => boolean {
  const types = allowed(route.algorithmSettings, "PubkeyAcceptedAlgorithms").map((name) =>
    name.replace(/^rsa-.*/, "ssh-rsa"),
  );
  return ({ label, type }) => {
    const accepted = types.includes(type);
    if (!accepted) note(`${label} has a type that PubkeyAcceptedAlgorithms does not allow`);
    return accepted;
  };
}

/** Keeps the first one of equal keys. So a key of the agent is not tried again from its file, encrypted or not. */
function distinct(all: readonly Credential[]): Credential[] {
  const seen = new Set<string>();
  return all.filter((one) => !seen.has(one.fingerprint) && seen.add(one.fingerprint));
}

function readKey(file: string, note: (text: string) => void): GivenKey[] {
  try {
    return [{ label: file, text: readFileSync(file) }];
  } catch (error) {
    if (!isAbsent(error)) note(`${file} cannot be read`);
    return existingPublicHalf(file);
  }
}

/** Only the agent may have the private half. */
function existingPublicHalf(file: string): GivenKey[] {
  try {
    return [{ label: `${file}.pub`, text: readFileSync(`${file}.pub`) }];
  } catch {
    return [];
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** ssh2 does not give the public half of an encrypted key. The `.pub` file beside it does. */
function publicFingerprint(key: GivenKey): string[] {
  const parsed = parse(key.text) ?? existingPublicHalf(key.label).map((half) => parse(half.text))[0];
  return parsed === undefined ? [] : [fingerprint(parsed.getPublicSSH())];
}

function privateKey(username: string, given: GivenKey, note: (text: string) => void): Credential[] {
  const { label, text } = given;
  const key = parse(text, passphraseFor(given));
  if (key?.isPrivateKey()) {
    const print = fingerprint(key.getPublicSSH());
    return [
      {
        label: `${label} (${print})`,
        fingerprint: print,
        type: key.type,
        method: { type: "publickey", username, key },
      },
    ];
  }
  if (key === undefined) note(`${label} ${whyNot(given)}`);
  return [];
}

/** The key file itself sets how long a passphrase test takes. So we try no passphrase on a key from a host. */
function passphraseFor({ fromHost }: GivenKey): string | undefined {
  return fromHost ? undefined : process.env.PULUMI_KVM_KEY_PASSPHRASE;
}

function whyNot({ text, fromHost }: GivenKey): string {
  const error = utils.parseKey(text);
  const encrypted = error instanceof Error && /encrypted/i.test(error.message);
  if (!encrypted) return "is not a private key in a supported format";
  if (fromHost) return "is encrypted, and pulumi-kvm does not try your passphrase on a key from a host";
  const passphrase = process.env.PULUMI_KVM_KEY_PASSPHRASE;
  if (passphrase !== undefined) return "is encrypted, and PULUMI_KVM_KEY_PASSPHRASE does not decrypt it";
  return "is encrypted: set PULUMI_KVM_KEY_PASSPHRASE, or add it to the agent";
}

function parse(text: string | Buffer, passphrase?: string): ParsedKey | undefined {
  const key = utils.parseKey(text, passphrase);
  return key instanceof Error ? undefined : key;
}

async function agentKeys(username: string, socket: string, note: (text: string) => void): Promise<Credential[]> {
  const agent = createAgent(socket);
  const keys = await heldKeys(agent).catch((error: Error) => {
    note(`the agent at ${socket} does not answer (${error.message})`);
    return [];
  });
  return keys.map((key) => {
    const print = fingerprint(key.getPublicSSH());
    const label = `${key.comment || key.type} in the agent (${print})`;
    return {
      label,
      fingerprint: print,
      type: key.type,
      method: { type: "agent", username, agent: new OneKey(agent, key) },
    };
  });
}

/** A forwarded agent whose session is gone may accept a request and never answer. */
function heldKeys(agent: BaseAgent): Promise<ParsedKey[]> {
  const answer = new Promise<ParsedKey[]>((resolve, reject) => {
    agent.getIdentities((error, found) => {
      if (error) reject(error);
      else resolve(((found ?? []) as ParsedKey[]).filter((key) => !(key instanceof Error)));
    });
  });
  return withinTime(
    agentSeconds,
    { kill: () => undefined },
    answer,
    (seconds) => new Error(`no answer in ${seconds} s`),
  );
}

/**
 * ssh2 tries all keys of an agent in a row. With one key at a time, errors can name it, and keys from files can come
 * between.
 */
class OneKey extends BaseAgent<ParsedKey> {
  constructor(
    private readonly agent: BaseAgent,
    private readonly key: ParsedKey,
  ) {
    super();
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, [this.key]);
  }

  override sign(key: ParsedKey, data: Buffer, options: unknown, callback?: SignCallback): void {
    this.agent.sign(key, data, options as never, callback);
  }
}
