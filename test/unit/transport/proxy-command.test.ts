import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { resolve } from "../../../provider/transport/endpoint";
import { closeTransports, transportFor } from "../../../provider/transport/pool";
import { checkout } from "../../../tools/checkout";
import { endsWithin, processEnds } from "../../elapsed";
import { type FakeHost, fakeHost } from "../support/fake-host";
import { ownSurroundings } from "../support/surroundings";

/** A relay like `nc`, run by this Node. It writes down its pid and its arguments. */
const relay = `
const [notes, host, port, ...rest] = process.argv.slice(2);
require("fs").writeFileSync(notes, process.pid + " " + [host, port, ...rest].join(" ") + " " + (process.env.PULUMI_KVM_PRIVATE_KEY ?? "nothing"));
const socket = require("net").connect(port, "127.0.0.1");
process.stdin.pipe(socket).pipe(process.stdout);
socket.on("error", (error) => { console.error("relay: " + error.code); process.exit(3); });
`;

describe("a ProxyCommand", function () {
  this.timeout(30_000);
  const surroundings = ownSurroundings();
  let host: FakeHost;
  beforeEach(async () => {
    host = await fakeHost({ authorized: "anyone", sessionsAtMost: 100 });
  });
  afterEach(() => host.close());

  const config = (command: string, more = "") => {
    const port = host.port;
    surroundings.write(
      ".ssh/config",
      `Host tower\n  HostName 192.0.2.1\n  Port ${port}\n  User lab\n  ConnectTimeout 3\n  ProxyCommand ${command}\n${more}`,
    );
  };
  const login = () => transportFor({ name: "tower", sudo: false, hostKey: host.hostKey });
  const relayTo = (port: string) => {
    const script = surroundings.write("relay.js", relay);
    return `'${process.execPath}' "${script}" ${join(surroundings.home, "notes")} %h ${port} %r@%n %%`;
  };
  const notes = () => readFileSync(join(surroundings.home, "notes"), "utf8").split(" ");

  it("carries the connection, with its tokens and without our secrets, and ends with it", async () => {
    process.env.PULUMI_KVM_PRIVATE_KEY = "geheim";
    config(relayTo("%p"));
    assert.equal((await (await login()).run("echo there")).stdout, "there\n");
    const [pid = "", ...rest] = notes();
    assert.deepEqual(rest, ["192.0.2.1", `${host.port}`, "lab@tower", "%", "nothing"]);
    process.kill(Number(pid), 0);
    closeTransports();
    await gone(Number(pid));
  });

  it("is killed with all its children, also when they do not read", async () => {
    const child = join(surroundings.home, "child");
    config(`sh -c 'sleep 60 & echo $! >${child}; exec ${relayTo("%p").replaceAll("'", "")}'`);
    await (await login()).run("true");
    closeTransports();
    await gone(Number(readFileSync(child, "utf8")));
  });

  it("serves many hosts, and none survives the process", async () => {
    config(relayTo("%p"));
    const file = surroundings.write(".ssh/many", readFileSync(join(surroundings.home, ".ssh/config"), "utf8"));
    surroundings.write(
      ".ssh/config",
      readFileSync(file, "utf8").replace("Host tower", "Host tower*").replace("notes %h", "notes-%n %h"),
    );
    const names = Array.from({ length: 12 }, (_, n) => `tower${n}`);
    const pool = join(checkout, "bin/provider/transport/pool");
    const program = `const { transportFor } = require("${pool}");
      Promise.all(${JSON.stringify(names)}.map((name) => transportFor({ name, sudo: false, hostKey: "${host.hostKey}" })))
        .then((all) => Promise.all(all.map((one) => one.run("true")))).then(() => process.exit(0));`;
    const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "inherit", "pipe"] });
    assert.deepEqual([await text(child.stderr), await code(child)], ["", 0]);
    for (const name of names)
      await gone(Number(readFileSync(join(surroundings.home, `notes-${name}`), "utf8").split(" ")[0]));
  }).timeout(30_000);

  it("does not survive any end of the process, even if it ignores SIGTERM", async () => {
    const child = join(surroundings.home, "child");
    const script = `trap '' TERM; sleep 60 & echo $! >${child}; exec ${relayTo('"$@"').replace("%h", "").replace("%r@%n %%", "")}`;
    config(`sh ${surroundings.write("stubborn", script)} %h %p`);
    const pool = join(checkout, "bin/provider/transport/pool");
    const signalled = 'setInterval(() => {}, 1000); process.kill(process.pid, "SIGTERM")';
    for (const end of ["", "closeTransports()", signalled]) {
      const program = `const { closeTransports, transportFor } = require("${pool}");
        transportFor({ name: "tower", sudo: false, hostKey: "${host.hostKey}" })
          .then((tower) => tower.run("true")).then(() => { ${end} });`;
      await code(spawn(process.execPath, ["-e", program], { stdio: "ignore" }));
      await gone(Number(readFileSync(child, "utf8")));
    }
  }).timeout(60_000);

  it("reports its error output when it fails", async () => {
    config(relayTo("1"));
    await assert.rejects(login(), {
      name: "HostUnreachable",
      message: /ProxyCommand ended \(exit code 3\): relay: ECONN/,
    });
  }).timeout(20_000);

  it("is given up at the time limit of a login when it prints nothing", async () => {
    config("sleep 60", "  ConnectTimeout 1\n");
    surroundings.write(
      ".ssh/config",
      readFileSync(join(surroundings.home, ".ssh/config"), "utf8").replace("out 3", "out 1"),
    );
    await endsWithin(30, () => assert.rejects(login(), { name: "HostUnreachable", message: /handshake/ }));
  }).timeout(50_000);

  it("is not run with none, or when ProxyJump comes first", () => {
    config("none", "  ProxyJump other\nHost *\n  ProxyCommand nc %h %p\n");
    assert.deepEqual(chosen(), [undefined, undefined]);
    surroundings.write(".ssh/config", "Host tower\n  ProxyJump bastion\n  ProxyCommand nc %h %p\n");
    assert.deepEqual(chosen(), [undefined, "bastion"]);
    surroundings.write(".ssh/config", "Host tower\n  ProxyCommand nc %h %p\n  ProxyJump bastion\n");
    assert.deepEqual(chosen(), ["nc tower 22", undefined]);
    process.env.PULUMI_KVM_HOSTS = JSON.stringify({ tower: { jump: "none" } });
    assert.deepEqual(chosen(), [undefined, undefined]);
  });
  const chosen = () => {
    const route = resolve({ name: "tower" });
    return [route.proxyCommand, route.jump?.name];
  };

  it("gets no name with a special meaning for a shell", () => {
    surroundings.write(".ssh/config", "Host *\n  ProxyCommand nc %h %p\n");
    for (const address of ["$(touch x)", "a;b", "-oX", "a b", "`x`", "a'b", 'a"b', "a|b", "a&b", "a>b", "~x"]) {
      assert.throws(
        () => resolve({ name: "t", address }),
        { name: "UserError", message: /not safe in a shell/ },
        address,
      );
    }
    for (const address of ["192.0.2.1", "fe80::1%br0", "tower.example.net"]) {
      assert.equal(resolve({ name: "t", address }).proxyCommand, `nc ${address} 22`);
    }
    surroundings.write(".ssh/config", "Host *\n  ProxyCommand nc %h %z\n");
    assert.throws(() => resolve({ name: "t" }), { code: "KVM2307", message: /unknown token %z/ });
  });

  it("is run after ProxyJump none, as newer releases of OpenSSH do", () => {
    surroundings.write(".ssh/config", "Host tower\n  ProxyJump none\nHost *\n  ProxyCommand nc %h %p\n");
    assert.deepEqual(chosen(), ["nc tower 22", undefined]);
  });

  // ProxyJump none before a ProxyCommand is left out: Debian's openssh 9.2p1-2+deb12u6 and +deb12u10 disagree about it.
  it("agrees with ssh -G", () => {
    for (const text of [
      "Host tower\n  ProxyCommand nc %h %p\n",
      'Host tower\n  ProxyCommand sh -c "nc  %h %p"\n',
      "Host tower\n  ProxyCommand=nc -X 5 %h %p\n",
      "Host tower\n  ProxyCommand none\nHost *\n  ProxyJump bastion\n",
      "Host tower\n  User x\nHost *\n  ProxyCommand nc %h %p\n  ProxyJump bastion\n",
    ]) {
      const file = surroundings.write(".ssh/config", text);
      const real = execFileSync("ssh", ["-T", "-G", "-F", file, "tower"], { encoding: "utf8" });
      const value = (key: string) => new RegExp(`^${key} (.*)$`, "m").exec(real)?.[1];
      const command = value("proxycommand")?.replaceAll("%h", "tower").replaceAll("%p", "22");
      assert.deepEqual(chosen(), [command === "none" ? undefined : command, value("proxyjump")], text);
    }
  });
});

async function code(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, "exit");
  return child.exitCode;
}

async function gone(pid: number): Promise<void> {
  await processEnds(pid);
}
