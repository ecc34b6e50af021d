import assert from "node:assert/strict";
import { lines, text } from "../../../../../provider/core/shell";
import { selectFunction } from "../../../../../provider/kinds/firewall/apply-script";
import { firewallBackends } from "../../../../../provider/kinds/firewall/backends";
import { applyIptables, selectJumps } from "../../../../../provider/kinds/firewall/backends/iptables/apply";
import { applyFunctions as applyNftables } from "../../../../../provider/kinds/firewall/backends/nftables/apply";
import { type FakeMachine, fakeMachine } from "../../../../fake/machine";

/** Tests how each backend fills its chains from the lines in `$rules`. */
describe("the script of a backend", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const run = (...parts: string[]) => machine.run(["set -eu", "nl='\n'", ...parts].join("\n"));

  describe("a firewall backend", () => {
    for (const { name, applyFunctions, apply } of firewallBackends)
      it(`${name} changes nothing on a host without rules`, async () => {
        const before = (await run("iptables-save")).stdout;
        const script = [text(lines(selectFunction, applyFunctions)), "rules=", text(apply)];
        assert.deepEqual(await run(...script), { code: 0, stdout: "", stderr: "" });
        assert.equal((await run("iptables-save")).stdout, before);
      });
  });

  describe("select_jumps", () => {
    const jumps = async (...saved: string[]) =>
      (await run(text(selectJumps), `saved='${saved.join("\n")}'`, "select_jumps C", 'echo "$jumps"')).stdout.trim();

    it("selects each chain that jumps to the chain", async () => {
      assert.equal(await jumps(":C - [0:0]", "-A FORWARD -j C", "-A DOCKER-USER -j C"), "FORWARD DOCKER-USER");
    });

    it("does not select a jump with a condition, or to a chain whose name is longer", async () => {
      assert.equal(await jumps("-A FORWARD -i br0 -j C", "-A FORWARD -j C2"), "");
    });
  });

  describe("apply_iptables", () => {
    const rule = "iptables 4 filter FORWARD -i br0 -j ACCEPT\n";
    const apply = (rules: string) =>
      run(text(lines(selectFunction, selectJumps, applyIptables)), `rules='${rules}'`, "apply_iptables 4 iptables");
    const saved = async () => (await run("iptables-save")).stdout.split("\n").filter((line) => /^-A|KVM/.test(line));
    const chain = ":PULUMI-KVM-FORWARD - [0:0]";

    it("makes our chain with its rules, and one jump to it", async () => {
      for (let i = 0; i < 2; i++) assert.equal((await apply(rule)).code, 0);
      assert.deepEqual(await saved(), [
        chain,
        "-A FORWARD -j PULUMI-KVM-FORWARD",
        "-A PULUMI-KVM-FORWARD -i br0 -j ACCEPT",
      ]);
    });

    it("applies only the rules of its own address family", async () => {
      await apply(`${rule}iptables 6 filter FORWARD -j DROP\nnftables forward drop\n`);
      assert.equal((await saved()).filter((line) => line.includes("DROP")).length, 0);
    });

    it("puts the jump into DOCKER-USER when Docker has that chain", async () => {
      await run("printf '*filter\\n:DOCKER-USER - [0:0]\\nCOMMIT\\n' | iptables-restore -w --noflush");
      await apply(rule);
      assert.ok((await saved()).includes("-A DOCKER-USER -j PULUMI-KVM-FORWARD"));
    });

    it("removes our chain and all jumps to it with the last rule", async () => {
      await apply(rule);
      await run("printf '*filter\\n-I OUTPUT -j PULUMI-KVM-FORWARD\\nCOMMIT\\n' | iptables-restore -w --noflush");
      assert.equal((await apply("")).code, 0);
      assert.deepEqual(await saved(), []);
    });

    it("fails without the program when there are rules for it, and does nothing when there are none", async () => {
      machine.lack("ip6tables-save");
      const without = (rules: string) =>
        run(text(lines(selectFunction, selectJumps, applyIptables)), `rules='${rules}'`, "apply_iptables 6 ip6tables");
      assert.deepEqual(await without(rule), { code: 0, stdout: "", stderr: "" });
      const { code, stderr } = await without("iptables 6 filter INPUT -j DROP\n");
      assert.deepEqual([code, stderr], [1, "ip6tables is missing (package iptables)\n"]);
    });
  });

  describe("apply_nftables", () => {
    const apply = (rules: string) =>
      run(text(lines(selectFunction, applyNftables)), `rules='${rules}'`, "apply_nftables");

    it("replaces our table by the chains that have rules", async () => {
      machine.command("nft", "cat");
      const { stdout } = await apply(
        "nftables forward iifname a accept\niptables 4 x\nnftables postrouting masquerade\n",
      );
      assert.equal(
        stdout,
        [
          "table inet pulumi_kvm",
          "delete table inet pulumi_kvm",
          "table inet pulumi_kvm {",
          "chain forward {",
          "type filter hook forward priority -1; policy accept;",
          "iifname a accept",
          "}",
          "chain postrouting {",
          "type nat hook postrouting priority 99; policy accept;",
          "masquerade",
          "}",
          "}\n",
        ].join("\n"),
      );
    });

    it("deletes our table with the last rule", async () => {
      machine.command("nft", 'case "$*" in "list tables inet") echo "table inet pulumi_kvm" ;; *) echo "$*" ;; esac');
      assert.equal((await apply("iptables 4 x\n")).stdout, "delete table inet pulumi_kvm\n");
    });

    it("fails without nft when there are rules for it, and does nothing when there are none", async () => {
      machine.lack("nft");
      assert.deepEqual(await apply("iptables 4 x\n"), { code: 0, stdout: "", stderr: "" });
      const { code, stderr } = await apply("nftables forward drop\n");
      assert.deepEqual([code, stderr], [1, "nft is missing (package nftables)\n"]);
    });
  });
});
