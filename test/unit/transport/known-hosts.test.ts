import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { judge, knownTypes, lookupName, parseKnownHosts } from "../../../provider/transport/known-hosts";
import { computesWithin } from "../../elapsed";
import { keyPair } from "../support/fake-host";
import { ownSurroundings } from "../support/surroundings";

const own = keyPair();
const other = keyPair();
const rsa = keyPair("rsa");

describe("known_hosts", () => {
  const surroundings = ownSurroundings();

  const verdict = (text: string, host: string, port = 22, key = own) =>
    judge(parseKnownHosts(text, "known_hosts"), host, port, blob(key.public)).is;

  it("finds a host by name, address, port and pattern", () => {
    assert.equal(verdict(`tower ${own.public}`, "tower"), "known");
    assert.equal(verdict(`tower,192.0.2.7 ${own.public} a comment`, "192.0.2.7"), "known");
    assert.equal(verdict(`[tower]:2222 ${own.public}`, "tower", 2222), "known");
    assert.equal(verdict(`*.example.net,!bad.example.net ${own.public}`, "a.example.net"), "known");
    assert.equal(verdict(`192.0.2.? ${own.public}`, "192.0.2.7"), "known");
    assert.equal(verdict(`Tower ${own.public}`, "TOWER"), "known");
  });

  it("uses an entry without a port for every port, as ssh does", () => {
    assert.equal(verdict(`tower ${own.public}`, "tower", 2222), "known");
    assert.equal(verdict(`tower ${other.public}`, "tower", 2222), "unknown");
  });

  it("does not match another host, another port, or a negated pattern", () => {
    assert.equal(verdict(`tower ${own.public}`, "tower2"), "unknown");
    assert.equal(verdict(`[tower]:2222 ${own.public}`, "tower"), "unknown");
    assert.equal(verdict(`*.example.net,!bad.example.net ${own.public}`, "bad.example.net"), "unknown");
    assert.equal(verdict(`tower.example ${own.public}`, "towerXexample"), "unknown");
  });

  it("reports the lines with another key, also of another type", () => {
    const entries = parseKnownHosts(`# first\ntower ${other.public}\ntower ${rsa.public}\n`, "/f");
    const found = judge(entries, "tower", 22, blob(own.public));
    assert.deepEqual(found.is === "changed" && found.from.map(({ file, line }) => [file, line]), [
      ["/f", 2],
      ["/f", 3],
    ]);
    assert.deepEqual(knownTypes(entries, "tower", 22), ["ssh-ed25519", "ssh-rsa"]);
  });

  it("refuses a revoked key, even when it is known too", () => {
    assert.equal(verdict(`tower ${own.public}\n@revoked * ${own.public}`, "tower"), "revoked");
    assert.equal(verdict(`@revoked * ${other.public}\ntower ${own.public}`, "tower"), "known");
  });

  it("does not take a certificate authority for a host key", () => {
    assert.equal(verdict(`@cert-authority * ${own.public}`, "tower"), "unknown");
  });

  it("ignores a line that it does not understand", () => {
    for (const line of [
      `tower ssh-ed25519`,
      `tower`,
      `@strange tower ${own.public}`,
      `|2|a|b ${own.public}`,
      `|1| ${own.public}`,
    ]) {
      assert.equal(verdict(line, "tower"), "unknown", line);
    }
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => verdict(text, "tower") === "unknown"));
  });

  it("reads the output of ssh-keygen -H", () => {
    const hosts = ["tower", "192.0.2.7", "[tower]:2222", "[fe80::1%br0]:22022", "fd99::1"];
    const file = surroundings.write("hashed", hosts.map((host) => `${host} ${own.public}\n`).join(""));
    execFileSync("ssh-keygen", ["-q", "-H", "-f", file], { stdio: "ignore" });
    const text = readFileSync(file, "utf8");
    assert.equal(text.includes("tower"), false);
    for (const [host, port] of [
      ["tower", 22],
      ["192.0.2.7", 22],
      ["tower", 2222],
      ["fe80::1%br0", 22022],
      ["fd99::1", 22],
    ] as const) {
      assert.equal(verdict(text, host, port), "known", host);
      assert.equal(verdict(text, host, port, other), "changed", host);
    }
    assert.equal(verdict(text, "tower", 2223), "known", "the plain name counts for every port");
    assert.equal(verdict(text, "192.0.2.8"), "unknown");
  });

  it("agrees with ssh-keygen -F", () => {
    const lines = ["*.example.net,!bad.example.net", "tower,192.0.2.7", "[tower]:2222", "192.0.2.?", "!x*,y*", "*"];
    const names = ["a.example.net", "bad.example.net", "tower", "192.0.2.7", "192.0.2.77", "xy", "yx", "example.net"];
    for (const line of lines) {
      const file = surroundings.write("one", `${line} ${own.public}\n`);
      for (const name of names) {
        assert.equal(verdict(readFileSync(file, "utf8"), name) === "known", keygenFinds(file, name), `${line} ${name}`);
      }
    }
  });

  it("matches a malicious pattern quickly", () => {
    const pattern = `${"*a".repeat(500)}b`;
    const said = computesWithin(1, () => verdict(`${pattern},!${pattern} ${own.public}`, "a".repeat(1000)));
    assert.equal(said, "unknown");
  });

  it("looks up a host with its port only when the port is not 22", () => {
    assert.equal(lookupName("Tower", 22), "tower");
    assert.equal(lookupName("fe80::1%br0", 2222), "[fe80::1%br0]:2222");
  });
});

function blob(publicKey: string): Buffer {
  return Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
}

function keygenFinds(file: string, name: string): boolean {
  try {
    execFileSync("ssh-keygen", ["-F", name, "-f", file], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
