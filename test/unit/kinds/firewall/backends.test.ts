import assert from "node:assert/strict";
import { firewallBackend, firewallBackendNames, firewallBackendOf } from "../../../../provider/kinds/firewall/backends";
import type { Rule } from "../../../../provider/kinds/firewall/rule";

describe("a firewall backend", () => {
  const rule: Rule = { family: 4, chain: "forward", inInterface: "br0", verdict: "accept" };

  for (const name of firewallBackendNames) {
    it(`${name} begins each line of a file with its name, so that the script and the detection find it`, () => {
      assert.equal(firewallBackend(name).render(rule, "pulumi-kvm:uid:web").split(" ")[0], name);
    });

    it(`${name} is found by the name of each of its rulesets`, () => {
      for (const ruleset of firewallBackend(name).rulesets)
        assert.equal(firewallBackendOf(ruleset), firewallBackend(name));
    });
  }

  it("is not found for a ruleset that no backend prints", () => {
    assert.equal(firewallBackendOf("ebtables filter"), undefined);
  });
});
