import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { configOf, type GuestAccess, keysOf } from "../../../components/lab/guest-access";
import type { HostRef } from "../../../provider/core/host-ref";
import { loginThrough, runOn } from "../../../provider/core/jump";
import { resolve } from "../../../provider/transport/endpoint";
import type { Route } from "../../../provider/transport/ssh-route";
import type { Endpoint } from "../../../provider/transport/transport";
import { failure } from "../support/failure";
import { tower } from "../support/given";
import { hostileText } from "../support/hostile";
import { ownSurroundings } from "../support/surroundings";

const linkLocal = "fe80::5054:ff:fe12:3456%br0";
const guest = { addresses: [], macAddresses: [], ssh: "", console: "", linkLocal };
const bastion: HostRef = { name: "bastion", address: "198.51.100.1", port: 2200, user: "anna", uid: "aaaaaaaaaa" };
const behind: HostRef = { ...tower, address: "10.0.0.5", port: 2222, user: "lab", jump: bastion };

describe("the SSH configuration of a lab", () => {
  const own = ownSurroundings();

  /** How ssh(1) reads the configuration. */
  function asSsh(config: string, ...words: string[]): Record<string, string> {
    const file = own.write("config", config);
    const said = execFileSync("ssh", ["-G", "-F", file, ...words], { encoding: "utf8", stdio: "pipe" });
    return Object.fromEntries(said.split("\n").map((line) => [line.split(" ")[0], line.slice(line.indexOf(" ") + 1)]));
  }

  it("takes the provider's route: the same hosts, users and ports", () => {
    fc.assert(
      fc.property(anyHost, (host) => {
        const config = configOf({ deb2: guest }, host);
        const { hostname, user, proxyjump = "" } = asSsh(config, "deb2");
        assert.deepEqual([hostname, user], [linkLocal, "root"]);
        const hops = proxyjump.split(",").map((hop) => {
          const [, login, v6, host = v6, at] = /^(?:([^@]+)@)?(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(hop) ?? [];
          const words = [...(login ? ["-l", login] : []), ...(at ? ["-p", at] : []), host ?? ""];
          const { hostname = "", user, port } = asSsh("", ...words);
          return { address: hostname, user, port: Number(port) };
        });
        assert.deepEqual(hops, wayOf(resolve(endpointOf(host))));
      }),
      { numRuns: 20 },
    );
  });

  it("agrees with the commands, which also have the bastion and the port", () => {
    const way = "anna@198.51.100.1:2200";
    assert.equal(loginThrough(behind, `root@${linkLocal}`), `ssh -J ${way},lab@10.0.0.5:2222 root@${linkLocal}`);
    assert.equal(runOn(behind, ["socat", "a b"]), `ssh -t -J ${way} -p 2222 lab@10.0.0.5 socat ''\\''a b'\\'''`);
    const here: HostRef = { name: "here", address: "local", uid: "aaaaaaaaaa" };
    assert.equal(runOn(here, ["socat"]), "socat");
    assert.equal(loginThrough(here, "root@fe80::1%br0"), "ssh root@fe80::1%br0");
  });

  it("comes with commands that quote their words for a shell", () => {
    const words = fc.array(
      hostileText.map((text) => text.replaceAll("\0", "")).filter((text) => !/\p{Cs}/u.test(text)),
      { minLength: 1 },
    );
    const here: HostRef = { name: "local", uid: "aaaaaaaaaa" };
    fc.assert(
      fc.property(words, (words) => {
        const said = execFileSync("sh", ["-c", runOn(here, ["printf", "%s\\0", ...words])], { encoding: "utf8" });
        assert.deepEqual(said.split("\0").slice(0, -1), words);
      }),
      { numRuns: 100 },
    );
  });

  it("comes with the host keys in known_hosts format", () => {
    const key = (letter: string) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${letter.repeat(43)}`;
    const all = { deb2: { ...guest, hostKey: `${key("g")} root@deb2` }, deb3: { ...guest, linkLocal: "fe80::3%br0" } };
    const known = keysOf(all, { ...behind, hostKey: key("t"), jump: { ...bastion, hostKey: "SHA256:abc" } });
    assert.deepEqual(known.trim().split("\n"), [`[10.0.0.5]:2222 ${key("t")}`, `${linkLocal} ${key("g")}`]);
    const [file, hashed] = [own.write("known_hosts", known), "[10.0.0.5]:2222"];
    for (const name of [hashed, linkLocal])
      assert.match(execFileSync("ssh-keygen", ["-F", name, "-f", file], { encoding: "utf8" }), /ED25519|ed25519/);
  });

  it("is refused or harmless for any text that a host gives as a name, a bridge or an address", () => {
    fc.assert(
      fc.property(hostileText, fc.constantFrom("name", "bridge", "address"), (text, where) => {
        const sheets: Record<string, GuestAccess> = {
          [where === "name" ? text : "deb2"]: {
            ...guest,
            linkLocal: where === "bridge" ? `fe80::1%${text}` : where === "address" ? text : linkLocal,
          },
        };
        try {
          assert.match(
            configOf(sheets, behind),
            /^Host [\w.-]+\n {2}HostName fe80::[0-9a-f:]+%%[\w.-]+\n {2}User root\n {2}ProxyJump \S+\n$/,
          );
          assert.match(keysOf(sheets, { ...behind, hostKey: text }), /^(\S+ \S+ \S+\n)*$/);
        } catch (error) {
          assert.match(
            (error as Error).message,
            /^Unable to write the SSH configuration of the guest .* \[KVM1201\]$/s,
          );
        }
      }),
      { numRuns: 1000 },
    );
    assert.throws(
      () => configOf({ deb2: guest }, { ...behind, user: "x\n  ProxyCommand touch pwned" }),
      failure("KVM1009", /cannot be part of an ssh command/),
    );
  });
});

const anyName = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const anyEnd = fc.record({
  name: anyName,
  address: fc.oneof(fc.ipV4(), fc.constantFrom("2001:db8::1", "fd99::22"), anyName),
  port: fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }),
  user: fc.option(anyName, { nil: undefined }),
});

/** A host behind any number of jump hosts. */
const anyHost: fc.Arbitrary<HostRef> = fc
  .array(anyEnd, { minLength: 1, maxLength: 4 })
  .map(
    (ends) =>
      ends
        .map(defined)
        .reduce<HostRef | undefined>(
          (jump, end) => ({ ...end, uid: "aaaaaaaaaa", ...(jump && { jump }) }),
          undefined,
        ) as HostRef,
  );

function defined<T extends object>(end: T): T {
  return Object.fromEntries(Object.entries(end).filter(([, value]) => value !== undefined)) as T;
}

function endpointOf({ uid: _uid, jump, ...rest }: HostRef): Endpoint {
  return { ...rest, ...(jump && { jump: endpointOf(jump) }) } as Endpoint;
}

function wayOf({ address, user, port, jump }: Route): { address: string; user: string; port: number }[] {
  return [...(jump ? wayOf(jump) : []), { address, user, port }];
}
