import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { z } from "zod";
import { UserError } from "../core/errors";
import { settingErrors } from "./errors";
import type { GivenKey } from "./ssh-route";

/** A host in PULUMI_KVM_HOSTS. In this process, its values override the program and the state. */
export interface EnvironmentHost {
  address?: string;
  user?: string;
  port?: number;
  /** `user@host:port`, several of them with commas, "none", or an object like this one. */
  jump?: string | EnvironmentHost;
  sudo?: boolean;
  privateKey?: string;
  privateKeyPath?: string;
  hostKey?: string;
}

const hostSchema: z.ZodType<EnvironmentHost> = z.strictObject({
  address: z.string().min(1).optional(),
  user: z.string().min(1).optional(),
  port: z.int().min(1).max(65535).optional(),
  jump: z.union([z.string(), z.lazy(() => hostSchema)]).optional(),
  sudo: z.boolean().optional(),
  privateKey: z.string().optional(),
  privateKeyPath: z.string().optional(),
  hostKey: z.string().optional(),
});

/** @throws UserError that names the path in PULUMI_KVM_HOSTS, and never shows the value, which may be a key */
export function environmentHost(name: string): EnvironmentHost {
  const text = process.env.PULUMI_KVM_HOSTS;
  if (text === undefined || text.trim() === "") return {};
  const hosts = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
  if (!hosts.success)
    throw new UserError(
      settingErrors.environment('PULUMI_KVM_HOSTS must be a JSON object, such as { "tower": { "address": "…" } }'),
    );
  if (!Object.hasOwn(hosts.data, name)) return {};
  const host = hostSchema.safeParse(hosts.data[name]);
  if (host.success) return host.data;
  const issues = host.error.issues.map((issue) => `${[name, ...issue.path].join(".")}: ${issue.message}`);
  throw new UserError(settingErrors.environment(`PULUMI_KVM_HOSTS, ${issues.join("; ")}`));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The keys from the environment: first the keys of this host, then the key for all hosts. */
export function environmentKeys(name: string, host: EnvironmentHost, notes: string[]): GivenKey[] {
  const all = process.env.PULUMI_KVM_PRIVATE_KEY;
  return [
    ...(host.privateKey
      ? [{ label: `privateKey of ${name} in PULUMI_KVM_HOSTS`, text: unfolded(host.privateKey) }]
      : []),
    ...(host.privateKeyPath ? readGiven(host.privateKeyPath, notes) : []),
    ...(all ? [{ label: "PULUMI_KVM_PRIVATE_KEY", text: unfolded(all) }] : []),
  ];
}

/** Some secret stores hold only one line, and write line ends as `\n`. A key must end with a line end. */
function unfolded(text: string): string {
  const lines = text.includes("\n") ? text : text.replaceAll("\\n", "\n");
  return `${lines.trimEnd()}\n`;
}

function readGiven(path: string, notes: string[]): GivenKey[] {
  const file = path.replace(/^~(?=\/)/, homedir());
  try {
    return [{ label: file, text: readFileSync(file) }];
  } catch {
    notes.push(`privateKeyPath ${file} cannot be read.`);
    return [];
  }
}
