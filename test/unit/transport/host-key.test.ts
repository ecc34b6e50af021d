import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HostUnreachable } from "../../../provider/core/errors";
import { shortPin } from "../../../provider/core/host-key-pin";
import { closeTransports, transportFor } from "../../../provider/transport/pool";
import { failure } from "../support/failure";
import { type FakeHost, fakeHost, type KeyPair, keyPair } from "../support/fake-host";
import { ownSurroundings } from "../support/surroundings";

describe("the host key", () => {
  const surroundings = ownSurroundings();
  const own = keyPair();
  const other = keyPair();
  let host: FakeHost;
  const start = async (...hostKeys: KeyPair[]) => {
    host = await fakeHost({ authorized: "anyone", hostKeys });
  };
  afterEach(() => host.close());

  const login = (hostKey?: string) =>
    transportFor({ name: "tower", address: "127.0.0.1", port: host.port, user: "root", hostKey });

  it("is refused when it is unknown, with its fingerprint and a remedy", async () => {
    await start(own);
    await assert.rejects(login(), (error: HostUnreachable) => {
      assert.equal(error.name, "HostUnreachable");
      assert.equal(error.retryable, false);
      assert.equal(error.code, "KVM2102");
      assert.ok(error.message.includes(fingerprint(own)) && error.message.includes(`hostKey: "${own.public}"`));
      return true;
    });
    assert.equal(host.tried.length, 0, "no key was shown to it");
    assert.equal(host.connections(), 1, "and it was not tried again");
  });

  it("is accepted when it is pinned, as a key or as a fingerprint", async () => {
    await start(own);
    assert.equal((await login(own.public)).hostKey, own.public);
    assert.equal((await login(`${own.public} root@tower`)).hostKey, own.public);
    assert.equal((await login(fingerprint(own))).hostKey, own.public);
  });

  it("is accepted by its short pin, which asks the host for that type; another host's key is refused", async () => {
    for (const type of ["ed25519", "ecdsa", "rsa"] as const) {
      const [key, stranger] = [keyPair(type), keyPair(type)];
      await start(...(type === "ed25519" ? [key, keyPair("rsa")] : [own, key]));
      assert.equal((await login(shortPin(key.public))).hostKey, key.public);
      await assert.rejects(login(shortPin(stranger.public)), /is pinned/);
      host.close();
    }
  });

  it("may be pinned after the login, which then continues", async () => {
    await start(own);
    surroundings.write(".ssh/known_hosts", `[127.0.0.1]:${host.port} ${own.public}\n`);
    const { hostKey } = await login();
    await (await login(hostKey)).run("true");
    await login(fingerprint(own));
    assert.equal(host.connections(), 1);
    await assert.rejects(login(other.public), /is pinned/);
    await (await login(hostKey)).run("true");
    assert.equal(host.connections(), 2);
  });

  it("is refused when another key is pinned, although known_hosts has it", async () => {
    await start(own);
    surroundings.write(".ssh/known_hosts", `[127.0.0.1]:${host.port} ${own.public}\n`);
    await assert.rejects(login(other.public), failure("KVM2101", /is pinned.*reinstalled/));
    await assert.rejects(login("nonsense"), failure("KVM2107", /invalid hostKey "nonsense"/));
    assert.equal((await login()).hostKey, own.public);
  });

  it("is refused when known_hosts has another key, with the line", async () => {
    await start(own);
    const file = surroundings.write(".ssh/known_hosts", `# mine\n[127.0.0.1]:${host.port} ${other.public}\n`);
    await assert.rejects(login(), (error: Error) => error.message.includes(`${file} line 2 (${fingerprint(other)})`));
  });

  it("is refused when it is revoked", async () => {
    await start(own);
    surroundings.write(".ssh/known_hosts", `[127.0.0.1]:${host.port} ${own.public}\n@revoked * ${own.public}\n`);
    await assert.rejects(login(), failure("KVM2104", /revoked by .* line 2/));
  });

  it("is refused when it is revoked, although it is pinned", async () => {
    await start(own);
    surroundings.write(".ssh/known_hosts", `@revoked * ${own.public}\n`);
    await assert.rejects(login(own.public), /revoked by .*known_hosts line 1/);
  });

  it("is refused when RevokedHostKeys lists it, as text or as a KRL, pinned or not", async () => {
    await start(own);
    surroundings.write(".ssh/config", "Host *\n  RevokedHostKeys ~/revoked\n");
    surroundings.write(".ssh/known_hosts", `[127.0.0.1]:${host.port} ${own.public}\n`);
    const file = join(surroundings.home, "revoked");
    const refused = async () => {
      for (const pin of [undefined, own.public]) {
        closeTransports();
        await assert.rejects(login(pin), { name: "HostUnreachable", message: /is revoked by \S+revoked\./ });
      }
    };
    await assert.rejects(login(own.public), failure("KVM2106", /RevokedHostKeys: \S+revoked cannot be read/));
    surroundings.write("revoked", `# mine\n${own.public} root@tower\n`);
    await refused();
    for (const spec of ["key: ", "sha1: ", "sha256: "]) {
      const given = spec === "sha256: " ? `hash: ${fingerprint(own)}` : `${spec}${own.public}`;
      keygen("-k", "-f", file, surroundings.write("spec", `${given}\n`));
      await refused();
    }
    keygen("-k", "-f", file, surroundings.write("other.pub", other.public));
    closeTransports();
    assert.equal((await login(own.public)).hostKey, own.public);
    surroundings.write("revoked", readFileSync(file).subarray(0, -5));
    closeTransports();
    await assert.rejects(login(own.public), /RevokedHostKeys: \S+ is malformed/);
  });

  it("is refused when the known hosts cannot be read, pinned or not", async () => {
    await start(own);
    mkdirSync(join(surroundings.home, ".ssh/known_hosts"), { recursive: true });
    surroundings.write(".ssh/config", "Host *\n  StrictHostKeyChecking accept-new\n");
    for (const pin of [undefined, own.public]) {
      await assert.rejects(login(pin), failure("KVM2106", /known hosts in \S+ cannot be read/));
    }
  });

  it("is refused when the SSH configuration does not allow its type or length", async () => {
    const rsa = keyPair("rsa");
    await start(rsa);
    surroundings.write(".ssh/config", "Host *\n  HostKeyAlgorithms ssh-ed25519\n");
    await assert.rejects(login(rsa.public), failure("KVM2003", /no common algorithm/));
    surroundings.write(".ssh/config", "Host *\n  RequiredRSASize 4096\n");
    closeTransports();
    await assert.rejects(login(rsa.public), failure("KVM2105", /has 2048 bits, but RequiredRSASize is 4096/));
    surroundings.write(".ssh/config", "Host *\n  RequiredRSASize 2048\n");
    closeTransports();
    assert.equal((await login(rsa.public)).hostKey, rsa.public);
  });

  it("is requested in a known type when the host has several", async () => {
    const [rsa, ecdsa] = [keyPair("rsa"), keyPair("ecdsa")];
    await start(own, rsa, ecdsa);
    for (const key of [rsa, ecdsa, own]) {
      surroundings.write(".ssh/known_hosts", `[127.0.0.1]:${host.port} ${key.public}\n`);
      assert.equal((await login()).hostKey, key.public);
      closeTransports();
      assert.equal((await login(key.public)).hostKey, key.public);
    }
  });

  it("is recorded at first sight with accept-new, and required from then on", async () => {
    await start(own);
    surroundings.write(".ssh/config", "Host *\n  StrictHostKeyChecking accept-new\n  HashKnownHosts no\n");
    const file = surroundings.write(".ssh/known_hosts", `elsewhere ${other.public}`);
    await login();
    assert.equal(readFileSync(file, "utf8"), `elsewhere ${other.public}\n[127.0.0.1]:${host.port} ${own.public}\n`);
    const { port } = host;
    surroundings.write(".ssh/known_hosts", `[127.0.0.1]:${port} ${other.public}\n`);
    closeTransports();
    await assert.rejects(login(), failure("KVM2103", /another is known/));
  });

  it("is recorded under a hash of the host name with HashKnownHosts", async () => {
    await start(own);
    surroundings.write(".ssh/config", "Host *\n  StrictHostKeyChecking accept-new\n  HashKnownHosts yes\n");
    await login();
    const file = join(surroundings.home, ".ssh/known_hosts");
    assert.match(readFileSync(file, "utf8"), /^\|1\|\S+\|\S+ ssh-ed25519 \S+\n$/);
    keygen("-F", `[127.0.0.1]:${host.port}`, "-f", file);
    surroundings.write(".ssh/config", "");
    closeTransports();
    assert.equal((await login()).hostKey, own.public);
  });

  it("is looked up under HostKeyAlias, in the files that the SSH configuration names", async () => {
    await start(own);
    surroundings.write(".ssh/config", "Host tower\n  HostKeyAlias lab\n  UserKnownHostsFile ~/mine ~/more\n");
    surroundings.write("more", `lab ${own.public}\n`);
    assert.equal((await login()).hostKey, own.public);
  });

  it("is recorded in a new file of known hosts when there is none", async () => {
    await start(own);
    surroundings.write(
      ".ssh/config",
      "Host *\n  StrictHostKeyChecking accept-new\n  HashKnownHosts no\n  UserKnownHostsFile ~/new/hosts\n",
    );
    await login();
    assert.match(
      readFileSync(join(surroundings.home, "new/hosts"), "utf8"),
      /^\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+\n$/,
    );
  });
});

function keygen(...words: string[]): void {
  execFileSync("ssh-keygen", words, { stdio: "ignore" });
}

function fingerprint(key: KeyPair): string {
  const blob = Buffer.from(key.public.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replaceAll("=", "")}`;
}
