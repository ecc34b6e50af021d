import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, createReadStream, existsSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import fc from "fast-check";
import { sh, text } from "../../provider/core/shell";
import { closeTransports, transportFor } from "../../provider/transport/pool";
import type { Endpoint } from "../../provider/transport/transport";
import { ensurePackages } from "../lab/packages";
import { ownSurroundings } from "../unit/support/surroundings";
import { type Sshd, sshdIsInstalled, startSshd } from "./sshd";

describe("the transport, with a real sshd", function () {
  this.timeout(180_000);
  const surroundings = ownSurroundings();
  let sshd: Sshd;

  before(async function () {
    if (process.getuid?.() === 0) await ensurePackages(console.log);
    if (!sshdIsInstalled()) {
      if (process.env.CI) throw new Error("needs root and openssh-server");
      return this.skip();
    }
    sshd = await startSshd(["AllowTcpForwarding yes", "AllowStreamLocalForwarding yes"]);
  });
  after(() => sshd?.stop());

  const endpoint = (user = "root", name = "tower"): Endpoint => {
    surroundings.write(".ssh/id_ed25519", sshd.key.private);
    return { name, address: "127.0.0.1", port: sshd.port, user, hostKey: sshd.hostKey };
  };

  const sshCat = async (source: string, target: string) => {
    const trust = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
    const identity = ["-i", join(surroundings.home, ".ssh/id_ed25519"), "-p", `${sshd.port}`];
    const input = openSync(source, "r");
    const child = spawn("ssh", [...trust, ...identity, "root@127.0.0.1", `cat >${target}`], {
      stdio: [input, "ignore", "inherit"],
    });
    assert.deepEqual(await once(child, "exit"), [0, null]);
  };

  it("runs commands, uploads files and reads files", async () => {
    const transport = await transportFor(endpoint());
    assert.deepEqual(await transport.run("id -un; echo oops >&2; exit 3"), {
      code: 3,
      stdout: "root\n",
      stderr: "oops\n",
    });
    const file = join(surroundings.home, "a file");
    await transport.put(Readable.from(["abc", "def"]), file, { mode: 0o640, size: 6 });
    assert.equal(statSync(file).mode & 0o777, 0o640);
    assert.equal((await transport.read(file))?.toString(), "abcdef");
    assert.equal(await transport.read(`${file}2`), undefined);
    assert.equal((await transport.run("kill -9 $$")).code, 137);
  });

  it("passes every argument unchanged, through sshd and the login shell", async () => {
    const transport = await transportFor(endpoint());
    const argument = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", ""));
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { minLength: 1, maxLength: 50 }), async (values) => {
        const { stdout } = await transport.run(text(sh`printf '%s\\0' ${values}`));
        assert.deepEqual(stdout.split("\0").slice(0, -1), values);
      }),
      { numRuns: 10 },
    );
  });

  it("runs 30 commands at once on one connection, within sshd's MaxSessions", async () => {
    const transport = await transportFor(endpoint());
    const all = await Promise.all(Array.from({ length: 30 }, (_, n) => transport.run(`sleep 0.05; echo ${n}`)));
    assert.deepEqual(
      all.map(({ stdout }) => Number(stdout)),
      [...all.keys()],
    );
  });

  it("returns 2 MB unchanged", async () => {
    const data = randomBytes(2_000_000);
    const file = surroundings.write("data", data);
    const back = await (await transportFor(endpoint())).read(file);
    assert.ok(back?.equals(data));
  });

  it("uploads 200 MB about as fast as ssh itself", async () => {
    const transport = await transportFor(endpoint());
    const source = surroundings.write("big", randomBytes(200 << 20));
    const [ours, theirs] = [join(surroundings.home, "ours"), join(surroundings.home, "theirs")];
    const byUs = await seconds(() =>
      transport.put(createReadStream(source, { highWaterMark: 1 << 20 }), ours, { mode: 0o600, size: 200 << 20 }),
    );
    const bySsh = await seconds(() => sshCat(source, theirs));
    assert.equal(await sha(ours), await sha(source));
    process.stdout.write(`      ${(200 / byUs).toFixed(0)} MB/s, ssh ${(200 / bySsh).toFixed(0)} MB/s\n`);
    assert.ok(byUs < 3 * bySsh);
  });

  it("reaches a Unix socket", async () => {
    const path = join(surroundings.home, "qmp");
    const server = createServer((socket) => socket.end("hello")).listen(path);
    assert.equal(await readAll(await (await transportFor(endpoint())).openSocket(path)), "hello");
    server.close();
    await assert.rejects((await transportFor(endpoint())).openSocket(`${path}2`), { name: "HostUnreachable" });
  });

  it("goes through jump hosts, also those of an SSH configuration", async () => {
    const near = endpoint("root", "near");
    const far = { ...endpoint("root", "far"), jump: { ...endpoint("root", "middle"), jump: near } };
    assert.equal((await (await transportFor(far)).run("echo far")).stdout, "far\n");
    surroundings.write(".ssh/known_hosts", `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
    const block = `  HostName 127.0.0.1\n  Port ${sshd.port}\n  User root\n`;
    surroundings.write(
      ".ssh/config",
      `Host one\n${block}Host two\n${block}  ProxyJump one\nHost three\n${block}  ProxyJump two\n`,
    );
    assert.equal((await (await transportFor({ name: "three" })).run("echo three")).stdout, "three\n");
  });

  it("goes through a jump host to a link-local address of the jump host's network", async () => {
    const bridge = `pkvm${process.pid}`;
    execFileSync("ip", ["link", "add", bridge, "type", "bridge"]);
    let guest: Sshd | undefined;
    try {
      execFileSync("ip", ["link", "set", bridge, "up"]);
      execFileSync("ip", ["address", "add", "fe80::5/64", "dev", bridge, "nodad"]);
      guest = await startSshd([`ListenAddress fe80::5%${bridge}`]);
      const path = surroundings.write("guest.key", guest.key.private);
      const { port, hostKey } = guest;
      const address = `fe80::5%${bridge}`;
      const deb1 = { name: "deb1", address, port, user: "root", hostKey, jump: endpoint(), identityOnJump: path };
      const { stdout } = await (await transportFor(deb1)).run('echo "$SSH_CONNECTION"');
      assert.ok(stdout.includes(`${address} ${port}`), stdout);
    } finally {
      closeTransports();
      await guest?.stop();
      execFileSync("ip", ["link", "delete", bridge]);
    }
  });

  it("logs in with a key of an agent", async () => {
    const socket = join(surroundings.home, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10));
    process.env.SSH_AUTH_SOCK = socket;
    const tower = endpoint();
    execFileSync("ssh-add", ["-q", join(surroundings.home, ".ssh/id_ed25519")], { stdio: "ignore" });
    rmSync(join(surroundings.home, ".ssh/id_ed25519"));
    assert.equal((await (await transportFor(tower)).run("echo in")).stdout, "in\n");
    agent.kill();
    await once(agent, "exit");
  });

  it("accepts the hashed output of ssh-keyscan as known hosts", async () => {
    const { hostKey: _, ...tower } = endpoint();
    await assert.rejects(transportFor(tower), /is unknown: SHA256/);
    closeTransports();
    const scanned = execFileSync("ssh-keyscan", ["-H", "-p", `${sshd.port}`, "127.0.0.1"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    surroundings.write(".ssh/known_hosts", scanned);
    assert.equal((await (await transportFor(tower)).run("echo in")).stdout, "in\n");
  });

  describe("as a user other than root", () => {
    const user = `pkvm${process.pid}`;
    const rules = `/etc/sudoers.d/${user}`;
    const password = `p'w "${randomBytes(6).toString("hex")}`;
    before(function () {
      if (!existsSync("/usr/bin/sudo")) {
        if (process.env.CI) throw new Error("needs sudo");
        return this.skip();
      }
      execFileSync("useradd", ["--create-home", "--shell", "/bin/sh", user]);
      execFileSync("chpasswd", { input: `${user}:${password}\n` });
    });
    after(() => {
      rmSync(rules, { force: true });
      closeTransports();
      // userdel refuses while a process of the user runs. sshd ends them a moment after the connection.
      const script = 'for n in $(seq 300); do userdel --remove "$1" 2>/dev/null && exit; sleep 0.1; done; exit 1';
      if (existsSync("/usr/bin/sudo")) execFileSync("sh", ["-c", script, "sh", user]);
    });
    const allow = (rule: string) => {
      writeFileSync(rules, `${user} ${rule}\n`);
      chmodSync(rules, 0o440);
    };

    it("becomes root without a password", async () => {
      allow("ALL=(ALL) NOPASSWD: ALL");
      process.env.PULUMI_KVM_SUDO_PASSWORD = "not needed";
      const transport = await transportFor(endpoint(user));
      assert.deepEqual(await transport.run("id -un; cat"), { code: 0, stdout: "root\n", stderr: "" });
      const file = join(surroundings.home, "f");
      await transport.put(Readable.from(["x"]), file, { mode: 0o600 });
      assert.deepEqual([statSync(file).uid, statSync(file).mode & 0o777], [0, 0o600]);
    });

    it("becomes root with a password from the environment", async () => {
      allow("ALL=(ALL) ALL");
      process.env.PULUMI_KVM_SUDO_PASSWORD = password;
      const transport = await transportFor(endpoint(user));
      const ids = await Promise.all(Array.from({ length: 4 }, () => transport.run("id -un; cat; echo err >&2")));
      for (const id of ids) {
        assert.equal(id.stdout, "root\n");
        assert.match(id.stderr, /err\n$/);
        assert.ok(!id.stderr.includes("pulumi-kvm ["));
      }
    });

    it("kills a command that hangs as root, with its children, and frees the lock", async () => {
      for (const rule of ["ALL=(ALL) NOPASSWD: ALL", "ALL=(ALL) ALL"]) {
        allow(rule);
        closeTransports();
        process.env.PULUMI_KVM_SUDO_PASSWORD = password;
        const lock = join(surroundings.home, "lock");
        const hung = `exec 9>>${lock}; flock 9; echo begun; x=$(exec 9>&-; trap '' TERM; sleep 77.${process.pid})`;
        const { stdout, cut } = await (await transportFor(endpoint(user))).run(hung, { timeoutSeconds: 6 });
        assert.deepEqual([stdout, cut], ["begun\n", "time"]);
        execFileSync("flock", ["-n", lock, "true"]);
        assert.throws(() => execFileSync("pgrep", ["-f", `^sleep 77.${process.pid}`]), { status: 1 });
      }
    });

    it("reports a missing password, a wrong one, a missing right, and a refused login", async () => {
      allow("ALL=(ALL) ALL");
      const attempt = async (name: string) => (await transportFor(endpoint(user, name))).run("true");
      await assert.rejects(attempt("a"), /asks .* for a password/);
      process.env.PULUMI_KVM_SUDO_PASSWORD = "falsch";
      await assert.rejects(attempt("b"), /sudo rejects the password/);
      rmSync(rules);
      process.env.PULUMI_KVM_SUDO_PASSWORD = password;
      await assert.rejects(attempt("c"), /cannot become root: sudo ended/);
      allow("ALL=(ALL) NOPASSWD: ALL\nDefaults requiretty");
      await assert.rejects(attempt("d"), /requires a terminal/);
      execFileSync("usermod", ["--shell", "/usr/sbin/nologin", user]);
      await assert.rejects(attempt("e"), /not available|sudo/);
    });

    it("runs commands as that user with sudo: false", async () => {
      execFileSync("usermod", ["--shell", "/bin/sh", user]);
      const transport = await transportFor({ ...endpoint(user), sudo: false });
      assert.equal((await transport.run("id -un")).stdout, `${user}\n`);
    });
  });

  it("works when the host allows only one command at a time", async () => {
    const single = await startSshd(["MaxSessions 1"]);
    try {
      surroundings.write(".ssh/id_ed25519", single.key.private);
      const { port, hostKey } = single;
      const transport = await transportFor({ name: "single", address: "127.0.0.1", port, user: "root", hostKey });
      for (let round = 0; round < 5; round++) {
        const all = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => transport.run(`echo ${n}`)));
        assert.deepEqual(
          all.map(({ stdout }) => Number(stdout)),
          [0, 1, 2, 3, 4, 5],
        );
        await transport.put(Readable.from(["x"]), join(surroundings.home, "f"), { mode: 0o600 });
      }
    } finally {
      closeTransports();
      await single.stop();
    }
  });

  it("reports that a host forbids forwarding", async () => {
    const strict = await startSshd(["AllowTcpForwarding no", "AllowStreamLocalForwarding no", "MaxSessions 2"]);
    try {
      surroundings.write(".ssh/id_ed25519", strict.key.private);
      const jump = { name: "strict", address: "127.0.0.1", port: strict.port, user: "root", hostKey: strict.hostKey };
      await assert.rejects(transportFor({ ...jump, name: "behind", jump }), {
        name: "HostUnreachable",
        retryable: false,
        message: /forbids it/,
      });
      const transport = await transportFor(jump);
      await Promise.all(Array.from({ length: 6 }, () => transport.run("sleep 0.05")));
    } finally {
      closeTransports();
      await strict.stop();
    }
  });
});

async function seconds(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return (performance.now() - began) / 1000;
}

async function sha(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
