import { UserError } from "../core/errors";
import { settingErrors } from "./errors";
import { matchesPattern } from "./wildcard";

const signatures = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

/**
 * The algorithms that a setting of the SSH configuration can choose from, best first: those of ssh2, without SHA-1 and
 * CBC.
 */
const ours = {
  KexAlgorithms: [
    "curve25519-sha256@libssh.org",
    "curve25519-sha256",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group15-sha512",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group17-sha512",
    "diffie-hellman-group18-sha512",
  ],
  Ciphers: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
  ],
  MACs: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
  HostKeyAlgorithms: signatures,
  PubkeyAcceptedAlgorithms: signatures,
} as const;

export type AlgorithmSetting = keyof typeof ours;
/** Lists in the form of ssh_config(5), by keyword. */
export type AlgorithmSettings = Partial<Record<AlgorithmSetting, string>>;

/**
 * The algorithms that a setting allows: a list, or a list with `+`, `-` or `^` in front. Algorithms that we do not have
 * are left out. So the connection is never weaker than the setting says.
 * @throws UserError when no algorithm is left
 */
export function allowed<S extends AlgorithmSetting>(settings: AlgorithmSettings, name: S): (typeof ours)[S][number][] {
  type Name = (typeof ours)[S][number];
  const all: readonly Name[] = ours[name];
  const setting = settings[name];
  if (setting === undefined) return [...all];
  const sign = /^[+^-]/.exec(setting)?.[0];
  const patterns = (sign ? setting.slice(1) : setting).split(",");
  const named = [...new Set(patterns.flatMap((pattern) => all.filter((one) => matchesPattern(pattern, one))))];
  const others = all.filter((one) => !named.includes(one));
  const chosen = { "+": [...all], "-": others, "^": [...named, ...others], "": named }[sign ?? ""] ?? named;
  if (chosen.length > 0) return chosen;
  throw new UserError(
    settingErrors.noAlgorithmLeft(
      `${name} ${setting} in the SSH configuration allows no supported algorithm. Allow one of ${all.join(", ")}`,
    ),
  );
}
