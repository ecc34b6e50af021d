import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nicRulesOf } from "../../../../provider/kinds/public-bridge/nic-rules.fact";
import { checkout } from "../../../../tools/checkout";

const { parse } = nicRulesOf("eth0", "br-eth0");
const inIptables = (rules: readonly string[]) => parse(rules.map((rule) => `iptables -t filter ${rule}\n`).join(""));
const inNft = (rules: readonly string[]) => parse(`@nft\n${rules.map((rule) => `inet a input: ${rule}\n`).join("")}`);

describe("firewall rules that name the NIC", () => {
  it("are accepted when the same rule exists for the bridge, or when a set names both", () => {
    assert.deepEqual(inIptables(["-A INPUT -i eth0 -j DROP", "-A INPUT -i br-eth0 -j DROP"]).rules, []);
    assert.deepEqual(inNft(['iifname "eth0" drop', 'iifname "br-eth0" drop']).rules, []);
    assert.deepEqual(inNft(['iifname { "eth0", "br-eth0" } drop', 'iifname != { "eth0", "br-eth0" } drop']).rules, []);
  });

  it("are refused when they are negated, even with a negated rule for the bridge, because the two would match everything", () => {
    for (const option of ["-i", "-o"]) {
      const rule = `-A FORWARD ! ${option} eth0 -j DROP`;
      assert.deepEqual(inIptables([rule, rule.replace("eth0", "br-eth0")]).rules, [`iptables -t filter ${rule}`]);
    }
    for (const rule of ['iifname != "eth0" drop', 'drop oifname != "eth0"'])
      assert.deepEqual(inNft([rule, rule.replace("eth0", "br-eth0")]).rules, [`inet a input: ${rule}`]);
  });

  it("are read once when nft prints the rules of iptables too", () => {
    const [saved, printed] = ["iptables -t filter -A INPUT -i eth0 -j DROP", 'ip filter INPUT: iifname "eth0" drop'];
    const other = printed.replace("ip filter", "ip mine");
    assert.deepEqual(parse(`${saved}\n@nft\n${printed}\n${other}\n`).rules, [saved, other]);
  });

  it("count when a wildcard matches the NIC, in the spelling of the tool", () => {
    assert.equal(inIptables(["-A INPUT -i eth+ -j DROP", "-A INPUT -i eth* -j DROP"]).rules.length, 1);
    assert.equal(inNft(['iifname "eth*" drop', 'iifname "eth+" drop']).rules.length, 1);
  });

  it("are accepted after the command in docs/public-bridge.md, except those that the page excludes", () => {
    const page = readFileSync(join(checkout, "docs/public-bridge.md"), "utf8");
    const command = page.split("\n").find((line) => line.startsWith("sed -i.before ")) ?? "";
    const rules = [
      "-A INPUT -i eth0 -p tcp -m tcp --dport 3306 -j DROP",
      "-A FORWARD -i eth0 -o eth0 -j DROP",
      "-A OUTPUT -o eth0",
      "-A INPUT -i eth01 -j ACCEPT",
      "-A FORWARD -i eth0 ! -o eth0 -j ACCEPT",
      "-A INPUT -i eth+ -j ACCEPT",
    ];
    const folder = mkdtempSync(join(tmpdir(), "pulumi-kvm-rules-"));
    for (const file of ["rules.v4", "rules.v6"]) writeFileSync(join(folder, file), `${rules.join("\n")}\n`);
    execFileSync("sh", ["-c", command], { cwd: folder });
    const made = readFileSync(join(folder, "rules.v4"), "utf8").split("\n");
    rmSync(folder, { recursive: true });
    assert.equal(inIptables(rules).rules.length, 5);
    assert.deepEqual(
      inIptables(made).rules,
      rules.slice(-2).map((rule) => `iptables -t filter ${rule}`),
    );
    assert.deepEqual(made.slice(2, 4), [rules[1], "-A FORWARD -i br-eth0 -o br-eth0 -j DROP"]);
  });
});
