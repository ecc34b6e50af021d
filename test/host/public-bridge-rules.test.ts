import assert from "node:assert/strict";
import type { Hypervisor } from "../lab/hypervisor";
import { newOwner, type Owner } from "./owner";
import { needsRoot, newTower } from "./site";

/** When a NIC becomes a port of a bridge, rules for the NIC match nothing any more. A closed port would be open. */
describe("a PublicBridge whose NIC has rules of the packet filter", () => {
  const args = { nic: "host0", confirmWithinSeconds: 30 };
  let tower: Hypervisor;
  let anna: Owner;
  before(async function () {
    needsRoot(this);
    tower = await newTower("rules", { variant: "networkd" });
    anna = await newOwner(tower.name, "life/anna");
    await tower.exec(rules);
  });
  after(() => tower?.stop());

  it("is refused with a list of these rules", async () => {
    await assert.rejects(anna.make("PublicBridge", "lab/lan", args), (error: Error) => {
      const named = error.message.split("\n").filter((line) => line.startsWith("  "));
      assert.deepEqual(named, [
        "  iptables -t filter -A INPUT -i host0 -p tcp -m tcp --dport 3306 -j DROP",
        "  iptables -t filter -A FORWARD ! -i host+ -j ACCEPT",
        "  iptables -t nat -A POSTROUTING -o host0 -j MASQUERADE",
        "  ip6tables -t filter -A INPUT -i host0 -p tcp -m tcp --dport 22 -j ACCEPT",
        '  inet somebodys wan: "host0" }',
        '  inet somebodys input: iifname "host0" udp dport 53 drop',
        '  inet somebodys input: iifname "host*" meta mark 0x00000007 drop',
      ]);
      return true;
    });
    assert.equal(await tower.exec("ls -d /sys/class/net/br-host0 2>/dev/null || echo none"), "none");
  });

  it("is created when each rule also exists for the bridge", async () => {
    await tower.exec(`nft delete table inet somebodys; iptables -D FORWARD 1; ${beside}`);
    await anna.remove(await anna.make("PublicBridge", "lab/lan", args));
  });

  it('is created with rulesOnNic: "keep", and leaves the rules unchanged', async () => {
    await tower.exec(`iptables -t nat -D POSTROUTING -o br-host0 -j MASQUERADE`);
    const before = await tower.exec("iptables-save | grep ^-A");
    const made = await anna.make("PublicBridge", "lab/lan", { ...args, rulesOnNic: "keep" });
    assert.deepEqual((await anna.refresh(made))?.inputs, made.inputs);
    assert.equal(await tower.exec("iptables-save | grep ^-A"), before);
    await anna.remove(made);
  });
});

const rules = `set -e
iptables -t nat -A POSTROUTING -o host0 -j MASQUERADE
iptables -A INPUT -i host0 -p tcp --dport 3306 -j DROP
iptables -A INPUT -i lo -j ACCEPT
iptables -A FORWARD ! -i host+ -j ACCEPT
ip6tables -A INPUT -i host0 -p tcp --dport 22 -j ACCEPT
nft -f - <<'EOF'
table inet somebodys {
  set wan { type ifname; elements = { "host0", "wlan0" }; }
  chain input {
    type filter hook input priority 10; policy accept;
    iifname "host0" udp dport 53 drop
    iifname "lo" accept comment "not host0"
    iifname "host*" meta mark 7 drop
  }
}
EOF`;

const beside = `iptables -t nat -A POSTROUTING -o br-host0 -j MASQUERADE
iptables -A INPUT -i br-host0 -p tcp --dport 3306 -j DROP
ip6tables -A INPUT -i br-host0 -p tcp --dport 22 -j ACCEPT`;
