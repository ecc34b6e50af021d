import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSave } from "../../../../provider/kinds/firewall/backends/iptables/parse";
import { iptablesLine } from "../../../../provider/kinds/firewall/backends/iptables/render";
import { parseNft } from "../../../../provider/kinds/firewall/backends/nftables/parse";
import { packetFilter } from "../../../../provider/kinds/firewall/packet-filter.fact";
import { canonicalMatch, differences, type Rule } from "../../../../provider/kinds/firewall/rule";
import { obstacleTo } from "../../../../provider/kinds/firewall/traverse";
import { hostileText, inheritedNames } from "../../support/hostile";

describe("a rule in iptables syntax", () => {
  it("has the same value after it is written and parsed", () => {
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

  it("shows each part that was changed on the host", () => {
    const line = '-A X -s 10.0.0.0/8 -p tcp -m tcp --dport 80 -m comment --comment "a b" -j ACCEPT';
    const [seen] = parseSave(`*filter\n${line}`, 4)[0]?.rules ?? [];
    assert.ok(seen);
    const rule = { family: 4, chain: "input", source: "10.0.0.0/9", protocol: "tcp", verdict: "drop" } as const;
    assert.deepEqual(differences(rule, seen), ["source", "destinationPorts", "verdict"]);
  });

  it("joins adjacent ports to one range, as nft shows them", () => {
    assert.deepEqual(canonicalMatch({ sourcePorts: ["5", "2-4", "80", "1", "81:90"] }), {
      sourcePorts: ["1-5", "80-90"],
    });
  });
});

describe("a rule of another program", () => {
  const optionNames = ["-j", "-s", "--dport", "--ctstate", "-g", "!", "-m", "--comment"];
  const anyWord = fc.oneof(fc.constantFrom(...inheritedNames, ...optionNames), hostileText);

  it("keeps its verdict for any text that it matches", () => {
    fc.assert(
      fc.property(anyWord, (word) => {
        const quoted = word.replaceAll(/[\n\r]/g, "").replaceAll(/["\\]/g, "\\$&");
        const line = `-A FORWARD -i eth0 -m string --string "${quoted}" --algo bm -j DROP`;
        const [seen] = parseSave(`*filter\n:FORWARD ACCEPT [0:0]\n${line}\nCOMMIT\n`, 4)[0]?.rules ?? [];
        assert.ok(seen);
        assert.deepEqual([seen.chain, seen.inInterface, seen.verdict], ["FORWARD", "eth0", "drop"]);
        assert.ok(seen.other.includes("--string"), "it matches fewer packets than it seems to");
      }),
    );
    for (const word of inheritedNames) {
      const line = `-A FORWARD -m string --string ${word} --algo bm -j DROP`;
      assert.equal(parseSave(`*filter\n${line}`, 4)[0]?.rules[0]?.verdict, "drop", word);
    }
  });

  it("may be in a chain of any name", () => {
    for (const name of inheritedNames) {
      const [table] = parseSave(`*filter\n:${name} - [0:0]\n-A ${name} -j ${name}\n`, 4);
      assert.equal(table?.policies.get(name), "-");
      const chain = { family: "inet", table: "t", name, hook: "forward", policy: "drop" };
      const rule = { family: "inet", table: "t", chain: name, expr: [{ [name]: null }, { jump: { target: name } }] };
      const output = `@nft\n${JSON.stringify({ nftables: [{ chain }, { rule }] })}`;
      const [ruleset] = packetFilter.parse(output);
      assert.deepEqual(Object.keys(ruleset?.chains ?? {}), [name]);
      const obstacle = obstacleTo({ hook: "forward", family: 4 }, packetFilter.parse(output));
      assert.equal(obstacle?.chain, name);
    }
  });

  const anything = fc.anything({ key: anyWord });
  const side = (name: string) => fc.dictionary(fc.constantFrom("key", "protocol", "field", "result", name), anything);
  const left = fc.oneof(anything, fc.dictionary(fc.constantFrom("meta", "payload", "ct", "fib"), side("dir")));
  const right = fc.oneof(anything, fc.dictionary(fc.constantFrom("set", "range", "prefix"), anything));
  const anyMatch = fc.record({ match: fc.record({ op: fc.constantFrom("==", "!=", "in"), left, right }) });

  it("is parsed in any form with nft, and keeps an unknown part as unknown", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anything, anyMatch)), (expressions) => {
        const known = { match: { op: "==", left: { meta: { key: "iifname" } }, right: "eth0" } };
        const expr = JSON.parse(JSON.stringify([known, ...expressions, { drop: null }], replacer));
        const place = { family: "inet", table: "t", chain: "c" };
        const nftables = [{ chain: { ...place, name: "c" } }, { rule: { ...place, expr } }];
        const [chain] = parseNft(JSON.stringify({ nftables }));
        assert.equal(chain?.rules[0]?.verdict, "drop");
      }),
    );
  });
});

/** JSON has no big integers. */
function replacer(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

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
