import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { HostUnreachable } from "../core/errors";
import { hostKeyErrors } from "./errors";

const magic = Buffer.from("SSHKRL\n\0", "latin1");
/** Section types of a KRL (PROTOCOL.krl of OpenSSH). Certificates are not supported, so we skip their section. */
const section = { keys: 2, sha1: 3, sha256: 5 };

/**
 * Whether the file of RevokedHostKeys revokes a key. The file is a list of public keys, or a KRL of `ssh-keygen -k`.
 * @throws HostUnreachable when it cannot read or understand the file; then no key is trusted, as with ssh
 */
export function isRevokedBy(file: string, key: Buffer): boolean {
  const content = readRevoked(file);
  try {
    return content.subarray(0, magic.length).equals(magic) ? inKrl(content, key) : inList(content, key);
  } catch (error) {
    throw new HostUnreachable(
      hostKeyErrors.fileUnusable(`RevokedHostKeys: ${file} is malformed (${error}). Make it again: ssh-keygen -k`),
    );
  }
}

function readRevoked(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new HostUnreachable(
      hostKeyErrors.fileUnusable(
        `RevokedHostKeys: ${file} cannot be read (${(error as Error).message}), so every host key is refused. Make it readable, or remove the setting from the SSH configuration`,
      ),
    );
  }
}

function inList(content: Buffer, key: Buffer): boolean {
  const encoded = key.toString("base64");
  return content
    .toString("utf8")
    .split(/\r?\n/)
    .some((line) => !line.startsWith("#") && line.split(/\s+/).includes(encoded));
}

function inKrl(content: Buffer, key: Buffer): boolean {
  // Magic, format version, KRL version, date and flags. Then two strings.
  const read = reader(content.subarray(magic.length + 4 + 8 + 8 + 8));
  read.text();
  read.text();
  const digest = (name: string) => createHash(name).update(key).digest();
  const wanted = new Map([
    [section.keys, key],
    [section.sha1, digest("sha1")],
    [section.sha256, digest("sha256")],
  ]);
  while (!read.atEnd()) {
    const own = wanted.get(read.byte());
    const body = reader(read.text());
    while (own && !body.atEnd()) if (body.text().equals(own)) return true;
  }
  return false;
}

/** @throws RangeError when the content ends too early */
function reader(content: Buffer) {
  let at = 0;
  return {
    atEnd: () => at >= content.length,
    byte: () => content.readUInt8(at++),
    text: () => {
      const length = content.readUInt32BE(at);
      at += 4 + length;
      if (at > content.length) throw new RangeError("it ends too early");
      return content.subarray(at - length, at);
    },
  };
}
