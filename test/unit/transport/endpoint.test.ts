import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { UserError } from "../../../provider/core/errors";
import { resolve } from "../../../provider/transport/endpoint";
import type { Endpoint } from "../../../provider/transport/transport";
import { ownSurroundings } from "../support/surroundings";

describe("the route to a host", () => {
  const surroundings = ownSurroundings();
  const config = (text: string) => surroundings.write(".ssh/config", text);
  const environment = (hosts: unknown) => {
    process.env.PULUMI_KVM_HOSTS = JSON.stringify(hosts);
  };
  const way = (endpoint: Endpoint) => {
    const { address, port, user } = resolve(endpoint);
    return `${user}@${address}:${port}`;
  };
  const me = userInfo().username;

  it("needs only a name", () => {
    assert.equal(way({ name: "tower" }), `${me}@tower:22`);
    assert.equal(resolve({ name: "tower", user: "root" }).sudo, false);
    assert.equal(resolve({ name: "tower", user: "lab" }).sudo, true);
    assert.equal(resolve({ name: "tower", user: "lab", sudo: false }).sudo, false);
  });

  it("takes an alias from the SSH configuration", () => {
    config("Host other tower\n  HostName tower.example.net\n  Port 2222\n  User lab\n");
    assert.equal(way({ name: "tower" }), "lab@tower.example.net:2222");
    assert.equal(way({ name: "tower", address: "192.0.2.1", user: "root", port: 22 }), "lab@tower.example.net:2222");
  });

  it("prefers an argument to what the SSH configuration says for all hosts", () => {
    config("User nobody\nHost *\n  User everybody\n  Port 2200\nHost *.example.net\n  User lab\n");
    assert.equal(way({ name: "t", address: "t.example.net", user: "root", port: 22 }), "root@t.example.net:22");
    assert.equal(way({ name: "t", address: "t.example.net" }), "nobody@t.example.net:2200");
  });

  it("looks up the address in the SSH configuration when it has no block for the name", () => {
    config("Host tower.example.net\n  User lab\n  ProxyJump bastion\nHost other\n  User no\n");
    const route = resolve({ name: "tower", address: "tower.example.net" });
    assert.deepEqual([route.user, route.jump?.address], ["lab", "bastion"]);
  });

  it("prefers the environment to everything else", () => {
    config("Host tower\n  HostName a\n  User b\n  Port 3\n  ProxyJump c\n");
    environment({ tower: { address: "x", user: "y", port: 4, jump: "none", sudo: false, hostKey: "SHA256:z" } });
    const route = resolve({ name: "tower", address: "p", user: "q", hostKey: "SHA256:r", jump: { name: "s" } });
    assert.deepEqual(
      [route.address, route.user, route.port, route.jump, route.sudo, route.hostKey],
      ["x", "y", 4, undefined, false, "SHA256:z"],
    );
  });

  it("may come partly from the environment, and for the jump host alone", () => {
    environment({ tower: { user: "ci" }, bastion: { address: "192.0.2.9" } });
    const route = resolve({ name: "tower", address: "t", user: "lab", jump: { name: "bastion", address: "old" } });
    assert.deepEqual([route.user, route.address, route.jump?.address], ["ci", "t", "192.0.2.9"]);
  });

  it("reports where a mistake in the environment is, and never shows the value", () => {
    for (const hosts of ["{ geheim", "[1]", '"geheim"']) {
      process.env.PULUMI_KVM_HOSTS = hosts;
      assert.throws(
        () => resolve({ name: "tower" }),
        (e: UserError) => e.code === "KVM2301" && /must be a JSON object/.test(e.message) && !/geheim/.test(e.message),
      );
    }
    environment({ tower: { port: "geheim" } });
    assert.throws(
      () => resolve({ name: "tower" }),
      (e: Error) => /tower\.port/.test(e.message) && !/geheim/.test(e.message),
    );
    environment({ tower: { jump: { password: "geheim" } } });
    assert.throws(
      () => resolve({ name: "tower" }),
      (e: Error) => e.name === "UserError" && !/geheim/.test(e.message),
    );
    assert.equal(resolve({ name: "constructor" }).address, "constructor");
  });

  it("is this machine for the address local", () => {
    assert.equal(resolve({ name: "here", address: "local" }).sudo, process.getuid?.() !== 0);
  });

  describe("over jump hosts", () => {
    const chain = (endpoint: Endpoint) => {
      const hops: string[] = [];
      for (let route = resolve(endpoint).jump; route; route = route.jump)
        hops.push(`${route.user}@${route.address}:${route.port}`);
      return hops;
    };

    it("follows ProxyJump, each hop with its own block", () => {
      config(
        "Host tower\n  ProxyJump inner\nHost inner\n  HostName 192.0.2.2\n  User in\n  ProxyJump outer\nHost outer\n  User out\n",
      );
      assert.deepEqual(chain({ name: "tower" }), ["in@192.0.2.2:22", "out@outer:22"]);
    });

    it("follows a list in one ProxyJump, whose users and ports override the blocks", () => {
      config("Host tower\n  ProxyJump a@one:2201,b@[fd99::2]:2202\nHost one\n  User x\n  HostName 192.0.2.1\n");
      assert.deepEqual(chain({ name: "tower" }), ["b@fd99::2:2202", "a@192.0.2.1:2201"]);
      environment({ tower: { jump: "ssh://c@three:3,four" } });
      assert.deepEqual(chain({ name: "tower" }), [`${me}@four:22`, "c@three:3"]);
    });

    it("is direct with ProxyJump none", () => {
      config("Host tower\n  ProxyJump none\nHost *\n  ProxyJump bastion\n");
      assert.deepEqual(chain({ name: "tower", jump: { name: "old" } }), []);
    });

    it("refuses a circle", () => {
      config("Host *\n  ProxyJump bastion\n");
      assert.throws(() => resolve({ name: "tower" }), {
        code: "KVM2306",
        message: /more than 8 hops: tower → bastion/,
      });
      config("Host * !bastion\n  ProxyJump bastion\n");
      assert.deepEqual(chain({ name: "tower" }), [`${me}@bastion:22`]);
      config("Host tower\n  ProxyJump nonsense:port\n");
      assert.throws(() => resolve({ name: "tower" }), { name: "UserError", message: /write user@host:port/ });
    });

    it("refuses a wrong jump host: no port, two users, a space, an option", () => {
      const wrong = ["a:0", "a:99999", "a@b@c", "a b", "-oProxyCommand=x", "u@-x", "ssh://a/b", "", "a,,b", "@a"];
      for (const jump of wrong) {
        environment({ tower: { jump } });
        assert.throws(() => resolve({ name: "tower" }), { code: "KVM2306", message: /invalid jump host/ }, jump);
      }
    });

    it("uses only the hypervisor's settings for a guest", () => {
      config("Host deb1\n  HostName 192.0.2.66\n  User somebody\n  ProxyJump elsewhere\n");
      const guest = {
        name: "deb1",
        address: "fe80::1%br0",
        user: "debian",
        identityOnJump: "/k",
        jump: { name: "tower" },
      };
      assert.equal(way(guest), "debian@fe80::1%br0:22");
      assert.deepEqual(chain(guest), [`${me}@tower:22`]);
    });
  });

  describe("from the SSH configuration", () => {
    it("expands tokens in the paths of keys and known hosts", () => {
      process.env.KEYS = "/keys";
      config(
        `Host tower\n  HostName %h.example.net\n  User lab\n  IdentityFile ~/.ssh/%r-%n\n  IdentityFile \${KEYS}/%h%%\n` +
          "  UserKnownHostsFile ~/a %d/b\n  GlobalKnownHostsFile none\n  IdentityAgent $MY_AGENT\n  ConnectTimeout 3\n",
      );
      process.env.MY_AGENT = "/agent";
      const route = resolve({ name: "tower" });
      const { home } = surroundings;
      assert.equal(route.address, "tower.example.net");
      assert.deepEqual(route.identityFiles, [join(home, ".ssh/lab-tower"), "/keys/tower.example.net%"]);
      assert.deepEqual(route.knownHostsFiles, [join(home, "a"), join(home, "b")]);
      assert.deepEqual([route.agent, route.connectSeconds, route.loginSeconds], ["/agent", 3, 3]);
    });

    it("runs no Match exec and asks no name server", () => {
      const mark = join(surroundings.home, "mark");
      config(
        `Match exec "touch ${mark}"\n  User evil\nHost *\n  CanonicalizeHostname yes\n  CanonicalDomains example.net\n`,
      );
      assert.equal(way({ name: "tower" }), `${me}@tower:22`);
      assert.throws(() => execFileSync("ls", [mark], { stdio: "ignore" }));
    });

    it("is a UserError when the configuration cannot be read", () => {
      config('Host "tower\n  Port 1\n');
      assert.throws(() => resolve({ name: "tower" }), { code: "KVM2302", message: /~\/\.ssh\/config/ });
    });

    // ssh itself is the reference. It takes the home from the password database, so the files have full paths.
    const included = "Host tower\n  Port 2201\nHost *\n  ConnectTimeout 7\n";
    const cases: Record<string, (folder: string) => string> = {
      "an Include before all": (folder) => `Include ${folder}/more\nUser after\nHost tower\n  Port 1\n`,
      "an Include of several files": (folder) => `Include ${folder}/d/*.conf\nHost *\n  Port 9\n`,
      "an Include in a matching block": (folder) => `Host tow*\n  Include ${folder}/more\n  User inside\nUser never\n`,
      "an Include in a block that does not match": (folder) => `Host other\n  Include ${folder}/more\n  User inside\n`,
      "a nested Include": (folder) => `Include ${folder}/nested\n`,
      "the first value wins": () => "Host tower\n  Port 1\n  Port 2\nHost *\n  Port 3\n  User last\n",
      "negated patterns": () => "Host * !tower\n  User no\nHost !x t?wer\n  User yes\n",
      "Match host": () => "Host tower\n  HostName t.example.net\nMatch host *.example.net\n  User matched\n",
      "Match originalhost": () => "Match originalhost tower,other\n  User matched\n",
      "equals signs, quotes and comments": () => 'Host="tower"\n  User = "lab"\n  Port=77 # odd\n#Port 1\n',
      "any case": () => "HOST tower\n  hostname T.example.net\n  PORT 8\n",
    };
    for (const [what, text] of Object.entries(cases)) {
      it(`agrees with ssh -G: ${what}`, () => {
        surroundings.write(".ssh/more", included);
        surroundings.write(".ssh/d/1.conf", "Host tower\n  Port 5\n");
        surroundings.write(".ssh/d/2.conf", "Host tower\n  Port 6\n  User two\n");
        surroundings.write(".ssh/d/.hidden.conf", "User hidden\n");
        surroundings.write(".ssh/nested", `Host tower\n  Include ${surroundings.home}/.ssh/more\n  User nested\n`);
        const file = config(text(join(surroundings.home, ".ssh")));
        const real = execFileSync("ssh", ["-T", "-G", "-F", file, "tower"], { encoding: "utf8" });
        const value = (key: string) => new RegExp(`^${key} (.*)$`, "m").exec(real)?.[1];
        const route = resolve({ name: "tower" });
        assert.deepEqual(
          [route.address.toLowerCase(), `${route.port}`, route.user, route.connectSeconds],
          [value("hostname"), value("port"), value("user"), Number(value("connecttimeout")) || 8],
        );
      });
    }
  });
});
