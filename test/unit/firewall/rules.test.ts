import assert from "node:assert/strict";
import fc from "fast-check";
import { iptablesLine } from "../../../provider/firewall/iptables";
import { parseSave } from "../../../provider/firewall/iptables-save";
import { canonicalMatch, differences, type Rule } from "../../../provider/firewall/rule";

describe("a rule in iptables' words", () => {
  it("is read as what it was written from, whatever it is", () => {
    fc.assert(
      fc.property(rules, comments, (wish, comment) => {
        const rule = canonicalMatch(wish);
        const [, , table, chain, ...words] = iptablesLine(rule, comment).split(" ");
        const saved = `*${table}\n:${chain} ACCEPT [0:0]\n-A ${chain} ${words.join(" ")}\nCOMMIT\n`;
        const [seen] = parseSave(saved, rule.family)[0]?.rules ?? [];
        assert.ok(seen);
        assert.deepEqual([differences(rule, seen), seen.other, seen.comment], [[], [], comment]);
      }),
    );
  });

  it("shows each part that somebody changed", () => {
    const line = '-A X -s 10.0.0.0/8 -p tcp -m tcp --dport 80 -m comment --comment "a b" -j ACCEPT';
    const [seen] = parseSave(`*filter\n${line}`, 4)[0]?.rules ?? [];
    assert.ok(seen);
    const rule = { family: 4, chain: "input", source: "10.0.0.0/9", protocol: "tcp", verdict: "drop" } as const;
    assert.deepEqual(differences(rule, seen), ["source", "destinationPorts", "verdict"]);
  });

  it("counts ports that touch as one range, as nft shows them", () => {
    assert.deepEqual(canonicalMatch({ sourcePorts: ["5", "2-4", "80", "1", "81:90"] }), {
      sourcePorts: ["1-5", "80-90"],
    });
  });
});

const port = fc.integer({ min: 1, max: 65535 });
const range = fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const ports = fc.array(fc.oneof(port.map(String), range), { minLength: 1, maxLength: 6 });
const link = fc.constantFrom("eth0", "br-1", "lan.10", "a_b");
const network = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })).map(([address, prefix]) => `${address}/${prefix}`);
const states = fc.uniqueArray(fc.constantFrom("new", "established", "related", "invalid"), { minLength: 1 });
const comments = fc.stringMatching(/^[a-z0-9:./-]{1,40}( [a-z0-9:./-]{1,40}){0,3}$/);

const rules: fc.Arbitrary<Rule> = fc
  .record(
    {
      inInterface: link,
      outInterface: link,
      source: network,
      destination: network,
      notDestination: network,
      sourcePorts: ports,
      destinationPorts: ports,
      states,
      toHost: fc.constant(true),
    },
    { requiredKeys: [] },
  )
  .map((match) => {
    const verdict = match.toHost ? { dnat: "10.0.0.1:80" } : ("accept" as const);
    return { ...match, family: 4, chain: "forward", protocol: "tcp", verdict };
  });
