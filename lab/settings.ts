import * as pulumi from "@pulumi/pulumi";
import * as kvm from "pulumi-kvm";

const config = new pulumi.Config();

/** Settings without a default, each with an example for whoever has not set it. All that is missing is said at once. */
export function needed<K extends string>(examples: Record<K, string>): Record<K, string> {
  const keys = Object.keys(examples) as K[];
  const missing = keys.filter((key) => !config.get(key));
  if (missing.length > 0) {
    const commands = missing.map((key) => `  pulumi config set ${key} ${examples[key]}`);
    const stack = pulumi.getStack();
    throw new pulumi.RunError(
      `Stack ${stack} does not say its ${missing.join(" and ")}. Set it:\n${commands.join("\n")}`,
    );
  }
  return Object.fromEntries(keys.map((key) => [key, config.require(key)])) as Record<K, string>;
}

export function optional(key: string): string | undefined {
  return config.get(key) || undefined;
}

export function number(key: string): number | undefined {
  return config.getNumber(key);
}

export function list(key: string): string[] {
  return config.getObject<string[]>(key) ?? [];
}

/** The first is the default. */
export function oneOf<const T extends string>(key: string, values: readonly T[]): T {
  const value = config.get(key) || values[0];
  const found = values.find((known) => known === value);
  if (found) return found;
  throw new pulumi.RunError(
    `${key}: "${value}" is none of ${values.join(", ")}. Set one: pulumi config set ${key} ${values[0]}`,
  );
}

/** `user@server:port`, of which the server is enough. */
export function hostFrom(text: string): kvm.Host {
  const match = /^(?:([^@\s]+)@)?(?:\[([^\]]+)\]|([^:\s]+))(?::(\d+))?$/.exec(text);
  const name = match?.[2] ?? match?.[3];
  if (!name) throw new pulumi.RunError(`host: "${text}" is no host. Write user@server, or an alias of ~/.ssh/config`);
  return new kvm.Host(name, { user: match?.[1], port: match?.[4] ? Number(match[4]) : undefined });
}
