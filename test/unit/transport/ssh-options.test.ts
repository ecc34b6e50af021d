import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { allowed } from "../../../provider/transport/algorithms";
import { resolve } from "../../../provider/transport/endpoint";
import { transportFor } from "../../../provider/transport/pool";
import { honoured, needless, refused } from "../../../provider/transport/ssh-options";
import { checkout } from "../../../tools/checkout";
import { type FakeHost, fakeHost } from "../support/fake-host";
import { ownSurroundings } from "../support/surroundings";

/** `ssh -G` prints only keywords that have a value. So ssh gets each word of its own program file as a keyword. */
function keywordsOfSsh(file: string): string[] {
  const ssh = (config: string) => spawnSync("ssh", ["-T", "-G", "-F", config, "tower"], { encoding: "utf8" });
  const program = readFileSync(execFileSync("sh", ["-c", "command -v ssh"], { encoding: "utf8" }).trim(), "latin1");
  const words = [...new Set(program.match(/(?<![A-Za-z0-9])(?!(include|match)\0)[a-z][a-z0-9]{2,31}(?=\0)/g))];
  const found = ssh("none")
    .stdout.split("\n")
    .flatMap((line) => line.split(" ")[0]?.toLowerCase() || []);
  for (;;) {
    writeFileSync(file, words.map((word) => `${word} x\n`).join(""));
    const { stderr } = ssh(file);
    // ssh stops at a bad value. The word before it is a keyword, and ssh has not checked the words behind it.
    const [, line] = /line (\d+)[^\n]*$/.exec(stderr.trim()) ?? [];
    const bad = [...stderr.matchAll(/(?:Bad configuration|Deprecated|Unsupported) option:? "?([^"\s]+)/g)];
    if (line === undefined) return [...found, ...words.filter((word) => !bad.some(([, one]) => one === word))];
    found.push(...words.splice(Number(line) - 1, 1));
  }
}

describe("an option of the SSH configuration", () => {
  const surroundings = ownSurroundings();
  const config = (text: string) => surroundings.write(".ssh/config", `Host *\n  ${text}\n`);

  it("is supported, refused, or known to be unnecessary, for each keyword of ssh", () => {
    const all = [...honoured, ...needless, ...refused].map((keyword) => keyword.toLowerCase());
    const keywords = keywordsOfSsh(join(surroundings.home, "words"));
    assert.ok(keywords.length > 90, keywords.join());
    assert.deepEqual(
      keywords.filter((keyword) => !all.includes(keyword)),
      [],
    );
    assert.equal(new Set(all).size, all.length, "each stands in one list");
  });

  it("is documented when it is supported or refused", () => {
    const page = readFileSync(join(checkout, "docs/hosts.md"), "utf8");
    for (const keyword of [...honoured, ...refused].filter(
      (one) => !["Host", "Match", "HostName", "Port", "User"].includes(one),
    ))
      assert.ok(page.includes(`\`${keyword}\``), keyword);
  });

  it("is refused when the provider cannot follow it, and reported when it is unknown", () => {
    config("BindInterface tun0");
    assert.throws(() => resolve({ name: "tower" }), {
      name: "UserError",
      message: /BindInterface .* is not supported/,
      code: "KVM2303",
    });
    config("ProxyUseFdpass yes");
    assert.throws(() => resolve({ name: "tower" }), { name: "UserError", message: /ProxyUseFdpass/ });
    config("ProxyUseFdpass no");
    assert.deepEqual(resolve({ name: "tower" }).notes, []);
    config("RefuseConnection not from here");
    assert.throws(() => resolve({ name: "tower" }), { code: "KVM2304", message: /RefuseConnection/ });
    config("FutureProtection yes");
    assert.match(resolve({ name: "tower" }).notes.join(), /futureprotection in ~\/.ssh\/config is an unknown setting/);
  });

  it("makes the connection fail when its file cannot be read", () => {
    mkdirSync(join(surroundings.home, ".ssh"));
    symlinkSync("config", join(surroundings.home, ".ssh/config"));
    assert.throws(() => resolve({ name: "tower" }), { name: "UserError", message: /config cannot be read/ });
  });

  it("sets the local address with BindAddress", () => {
    config("BindAddress 127.0.0.9");
    assert.equal(resolve({ name: "tower" }).bindAddress, "127.0.0.9");
  });

  describe("for algorithms", () => {
    const ciphers = (setting: string) => allowed({ Ciphers: setting }, "Ciphers");

    it("is a list, or modifies our list with a sign", () => {
      assert.deepEqual(ciphers("aes256-ctr,aes128-ctr"), ["aes256-ctr", "aes128-ctr"]);
      assert.equal(ciphers("^aes256-ctr")[0], "aes256-ctr");
      assert.equal(ciphers("^aes256-ctr").length, ciphers("+x").length);
      assert.ok(!ciphers("-aes*-ctr").some((one) => one.endsWith("-ctr")));
      assert.deepEqual(ciphers("+aes128-cbc"), allowed({}, "Ciphers"));
      assert.throws(() => ciphers("aes128-cbc"), {
        name: "UserError",
        message: /Ciphers aes128-cbc .* allows no supported algorithm/,
        code: "KVM2305",
      });
    });

    it("never allows an algorithm that the setting excludes", () => {
      const names = fc.array(fc.constantFrom(...allowed({}, "KexAlgorithms"), "made-up", "ecdh-*"), { minLength: 1 });
      fc.assert(
        fc.property(names, fc.constantFrom("", "-"), (list, sign) => {
          let chosen: string[] = [];
          try {
            chosen = allowed({ KexAlgorithms: sign + list.join(",") }, "KexAlgorithms");
          } catch {
            return;
          }
          const named = (one: string) =>
            list.some((other) => other === one) || (list.includes("ecdh-*") && one.startsWith("ecdh-"));
          assert.ok(chosen.every((one) => named(one) === (sign === "")));
        }),
      );
    });

    let host: FakeHost;
    afterEach(() => host?.close());

    it("decides what a connection uses", async () => {
      for (const [setting, value] of [
        ["Ciphers", "aes256-ctr"],
        ["MACs", "hmac-sha2-512"],
        ["KexAlgorithms", "ecdh-sha2-nistp384"],
      ] as const) {
        host = await fakeHost({ authorized: "anyone" });
        config(setting === "MACs" ? `Ciphers aes256-ctr\n  MACs ${value}` : `${setting} ${value}`);
        await transportFor({
          name: setting,
          address: "127.0.0.1",
          port: host.port,
          user: "root",
          hostKey: host.hostKey,
        });
        assert.ok(host.algorithms().includes(value), `${setting}: ${host.algorithms()}`);
        host.close();
      }
    });
  });
});
