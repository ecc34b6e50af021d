import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { utils } from "ssh2";
import type { HostUnreachable } from "../../../provider/core/errors";
import { transportFor } from "../../../provider/transport/pool";
import { type FakeHost, fakeHost, type KeyPair, keyPair } from "../support/fake-host";
import { ownSurroundings } from "../support/surroundings";

describe("a login", () => {
  const surroundings = ownSurroundings();
  let host: FakeHost;
  afterEach(() => host.close());

  const authorize = async (...keys: KeyPair[]) => {
    host = await fakeHost({ authorized: keys.map((key) => key.public) });
  };
  const login = () =>
    transportFor({ name: "tower", address: "127.0.0.1", port: host.port, user: "root", hostKey: host.hostKey });
  const shown = () => host.tried.map((key) => names.get(key) ?? key);
  const names = new Map<string, string>();
  const key = (name: string, ...type: Parameters<typeof keyPair>): KeyPair => {
    const pair = keyPair(...type);
    names.set(pair.public.split(" ")[1] ?? "", name);
    return pair;
  };

  it("offers the usual keys one by one on one connection", async () => {
    const [ed, ecdsa, rsa] = [key("ed25519"), key("ecdsa", "ecdsa"), key("rsa", "rsa")];
    for (const [file, pair] of [
      ["id_rsa", rsa],
      ["id_ecdsa", ecdsa],
      ["id_ed25519", ed],
    ] as const) {
      surroundings.write(`.ssh/${file}`, pair.private);
    }
    await authorize(rsa);
    await login();
    // A right key appears twice: first as an offer, then with a signature.
    assert.deepEqual(shown(), ["ed25519", "ecdsa", "rsa", "rsa"]);
    assert.equal(host.connections(), 1);
  });

  it("lists the offered keys when none is accepted, never shows their content, and does not retry", async () => {
    const wrong = key("wrong");
    surroundings.write(".ssh/id_ed25519", wrong.private);
    surroundings.write(".ssh/id_rsa", key("locked", "rsa", "geheim").private);
    surroundings.write(".ssh/id_ecdsa", "no key at all");
    await authorize();
    await assert.rejects(login(), (error: HostUnreachable) => {
      assert.match(error.message, /the login as root@127.0.0.1:\d+ is refused: tried \S+id_ed25519 \(SHA256:\S+\)/);
      assert.match(error.message, /id_rsa is encrypted: set PULUMI_KVM_KEY_PASSPHRASE/);
      assert.match(error.message, /id_ecdsa is not a private key/);
      assert.ok(!error.message.includes("PRIVATE KEY--") && !error.message.includes("no key at all"));
      assert.equal(error.code, "KVM2201");
      return error.retryable === false;
    });
    assert.equal(host.connections(), 1);
  });

  it("opens an encrypted key with PULUMI_KVM_KEY_PASSPHRASE, and reports a wrong passphrase", async () => {
    const locked = key("locked", "ed25519", "geheim");
    surroundings.write(".ssh/id_ed25519", locked.private);
    await authorize(locked);
    process.env.PULUMI_KVM_KEY_PASSPHRASE = "falsch";
    await assert.rejects(login(), (error: Error) => {
      assert.match(error.message, /PULUMI_KVM_KEY_PASSPHRASE does not decrypt it/);
      return !error.message.includes("falsch");
    });
    host.close();
    await authorize(locked);
    process.env.PULUMI_KVM_KEY_PASSPHRASE = "geheim";
    await login();
  });

  it("offers the keys of the environment first, the one of this host before the one for all hosts", async () => {
    const [own, all, usual] = [key("own"), key("all"), key("usual")];
    surroundings.write(".ssh/id_ed25519", usual.private);
    await authorize(usual);
    process.env.PULUMI_KVM_PRIVATE_KEY = all.private.trimEnd().replaceAll("\n", "\\n");
    process.env.PULUMI_KVM_HOSTS = JSON.stringify({
      tower: { privateKeyPath: surroundings.write("key", own.private) },
    });
    await login();
    assert.deepEqual(shown(), ["own", "all", "usual", "usual"]);
  });

  it("names a key file of the environment that cannot be read, and an unknown setting, when it is refused", async () => {
    const file = join(surroundings.home, "no-such-key");
    process.env.PULUMI_KVM_HOSTS = JSON.stringify({ tower: { privateKeyPath: file } });
    surroundings.write(".ssh/config", "Host *\n  FutureProtection yes\n");
    await authorize();
    await assert.rejects(login(), (error: Error) => {
      assert.match(error.message, /is refused: no key was found\./);
      assert.ok(error.message.includes(`privateKeyPath ${file} cannot be read.`), error.message);
      return error.message.includes("(futureprotection in ~/.ssh/config is an unknown setting.)");
    });
  });

  it("offers the keys of the SSH configuration instead of the usual ones", async () => {
    const [named, usual] = [key("named"), key("usual")];
    surroundings.write(".ssh/id_ed25519", usual.private);
    surroundings.write("keys/127.0.0.1", named.private);
    surroundings.write(".ssh/config", "Host tower\n  IdentityFile ~/keys/%h\n");
    await authorize(named);
    await login();
    assert.deepEqual(shown(), ["named", "named"]);
  });

  it("offers no key of a type that PubkeyAcceptedAlgorithms forbids", async () => {
    const [ed, rsa] = [key("ed25519"), key("rsa", "rsa")];
    surroundings.write(".ssh/id_ed25519", ed.private);
    surroundings.write(".ssh/id_rsa", rsa.private);
    surroundings.write(".ssh/config", "Host *\n  PubkeyAcceptedAlgorithms -rsa-*,ssh-rsa\n");
    await authorize(rsa);
    await assert.rejects(
      login(),
      /left out: \S+id_rsa \(SHA256:\S+\) has a type that PubkeyAcceptedAlgorithms does not/,
    );
    assert.deepEqual(shown(), ["ed25519", "none"]);
    host.close();
    surroundings.write(".ssh/config", "Host *\n  PubkeyAcceptedKeyTypes rsa-sha2-512\n");
    await authorize(rsa);
    await login();
    assert.deepEqual(shown(), ["rsa", "rsa"]);
  });

  it("does not use the passphrase on a key from a host, which could cost hours", async () => {
    process.env.PULUMI_KVM_KEY_PASSPHRASE = "geheim";
    // The key itself holds the number of bcrypt rounds, unencrypted.
    const costly = utils.generateKeyPairSync("ed25519", {
      passphrase: "geheim",
      cipher: "aes256-ctr",
      rounds: 64,
    }).private;
    const file = surroundings.write("guest.key", costly);
    await authorize();
    const outer = await fakeHost({ authorized: "anyone" });
    const jump = { name: "outer", address: "127.0.0.1", port: outer.port, user: "root", hostKey: outer.hostKey };
    const guest = { name: "g", address: "127.0.0.1", port: host.port, user: "root", hostKey: host.hostKey, jump };
    await assert.rejects(
      transportFor({ ...guest, identityOnJump: file }),
      /does not try your passphrase on a key from a host/,
    );
    const large = surroundings.write("large.key", "x".repeat(2000));
    await assert.rejects(
      transportFor({ ...guest, name: "h", identityOnJump: large }),
      /cannot read \S+large.key: it is too large/,
    );
    outer.close();
  });

  describe("through an agent", () => {
    let agent: ChildProcess;
    beforeEach(async () => {
      const socket = join(surroundings.home, "agent");
      agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
      while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10));
      process.env.SSH_AUTH_SOCK = socket;
    });
    afterEach(async () => {
      agent.kill();
      await once(agent, "exit");
    });
    const add = (name: string, pair: KeyPair) =>
      execFileSync("ssh-add", ["-q", surroundings.write(`added/${name}`, pair.private)], { stdio: "ignore" });

    it("offers the keys of the agent before those in files, a key in both first, and none twice", async () => {
      const [first, second, file] = [key("first"), key("second", "rsa"), key("file")];
      add("first", first);
      add("second", second);
      surroundings.write(".ssh/id_rsa", second.private);
      surroundings.write(".ssh/id_ed25519", file.private);
      await authorize(file);
      await login();
      assert.deepEqual(shown(), ["second", "first", "file", "file"]);
    });

    it("succeeds with an RSA key, with a signature that is not SHA-1", async () => {
      const rsa = key("rsa", "rsa");
      add("rsa", rsa);
      await authorize(rsa);
      await login();
    });

    it("offers only the keys that the SSH configuration names, with IdentitiesOnly", async () => {
      const [other, named] = [key("other"), key("named")];
      add("other", other);
      add("named", named);
      surroundings.write("named.pub", `${named.public}\n`);
      surroundings.write(".ssh/config", "Host tower\n  IdentitiesOnly yes\n  IdentityFile ~/named\n");
      await authorize(named);
      await login();
      assert.deepEqual(shown(), ["named", "named"]);
    });

    it("does not use the agent with IdentityAgent none", async () => {
      add("first", key("first"));
      surroundings.write(".ssh/config", "IdentityAgent none\n");
      await authorize();
      await assert.rejects(login(), /no key was found/);
    });

    it("gives up an agent that never answers after five seconds", async () => {
      const socket = join(surroundings.home, "dead");
      const open = new Set<Socket>();
      const dead = createServer((one) => void open.add(one.on("error", () => undefined))).listen(socket);
      const file = key("file");
      surroundings.write(".ssh/id_ed25519", file.private);
      process.env.SSH_AUTH_SOCK = socket;
      await authorize();
      await assert.rejects(login(), /left out: the agent at \S+dead does not answer \(no answer in 5 s\)/);
      for (const one of open) one.destroy();
      dead.close();
      assert.deepEqual(shown(), ["file", "none"]);
    }).timeout(15_000);

    it("reports an agent that does not answer", async () => {
      process.env.SSH_AUTH_SOCK = join(surroundings.home, "nobody");
      await authorize();
      await assert.rejects(login(), /the agent at \S+nobody does not answer/);
    });
  });
});
