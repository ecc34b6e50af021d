import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { droppedBy, inTheWay, notForwarded } from "../../../../provider/kinds/firewall/blocked-traffic";
import type { PacketFilter } from "../../../../provider/kinds/firewall/packet-filter.fact";
import type { Packet } from "../../../../provider/kinds/firewall/traverse";
import { fixturesIn } from "../../support/fixtures";

/** Rules of real hosts. */
function found(title: string): PacketFilter {
  const { path } = fixturesIn("facts/packetFilter").find((fixture) => fixture.title === title) ?? { path: title };
  return JSON.parse(readFileSync(path, "utf8")).fact;
}

const filtered = { active: true, v4: true, v6: true };

describe("the search for blocked traffic", () => {
  it("names Docker's policy, for frames on a bridge", () => {
    const text = inTheWay({ bridgeNetfilter: filtered, packetFilter: found("docker and our own rules") }, "br0");
    assert.equal(
      text,
      "IPv4 between guests on br0 is dropped by the policy DROP of iptables filter FORWARD (Docker), and the host " +
        "filters bridged packets too (br_netfilter). Allow it in the chain DOCKER-USER: " +
        "iptables -I DOCKER-USER -i br0 -j ACCEPT, or set net.bridge.bridge-nf-call-iptables to 0",
    );
  });

  it("names the remedy that the caller gives, for frames on a bridge", () => {
    const text = inTheWay(
      { bridgeNetfilter: filtered, packetFilter: found("docker and our own rules") },
      "br0",
      "dig a tunnel",
    );
    assert.match(text ?? "", /-i br0 -j ACCEPT, or dig a tunnel$/);
  });

  it("finds nothing on a bridge when its frames are not filtered or not dropped", () => {
    const docker = found("docker and our own rules");
    assert.equal(inTheWay({ bridgeNetfilter: { active: true, v4: false, v6: true }, packetFilter: docker }), undefined);
    assert.equal(inTheWay({ bridgeNetfilter: filtered, packetFilter: found("empty") }), undefined);
  });

  it("finds nothing on a bridge when an earlier rule accepts the frames", () => {
    const docker = found("docker and our own rules").map((ruleset) => {
      const user = { rules: [rule({ chain: "DOCKER-USER", inInterface: "br0", verdict: "accept" })] };
      return { ...ruleset, chains: { ...ruleset.chains, "DOCKER-USER": user } };
    });
    assert.equal(inTheWay({ bridgeNetfilter: filtered, packetFilter: docker }, "br0"), undefined);
    assert.match(inTheWay({ bridgeNetfilter: filtered, packetFilter: docker }, "br1") ?? "", /br1 is dropped/);
  });

  it("names the rule of iptables-legacy on a host that also uses nft", () => {
    const text = inTheWay({ bridgeNetfilter: filtered, packetFilter: found("legacy beside nft") });
    assert.match(
      text ?? "",
      /the rule -A FORWARD -j REJECT --reject-with icmp-port-unreachable of iptables-legacy filter/,
    );
  });

  it("finds a drop in another table, and never in our own", () => {
    const packet = { hook: "forward", family: 4, inInterface: "br0" } as const;
    const text = "the policy DROP of nft inet fw forward. Allow it in nft inet fw forward";
    assert.equal(droppedBy(packet, found("nft with a drop"), "iptables"), text);
    assert.equal(droppedBy(packet, found("docker and our own rules"), "iptables"), undefined);
    assert.match(
      droppedBy(packet, found("docker and our own rules"), "nftables") ?? "",
      /the policy DROP of iptables filter FORWARD/,
    );
    assert.equal(droppedBy({ ...packet, hook: "input" }, found("nft with a drop"), "iptables"), undefined);
  });

  it("finds the policy for a forwarded packet, unless a rule may accept the packet", () => {
    const filter = (...rules: object[]): PacketFilter => [
      { name: "iptables filter", chains: { FORWARD: { hook: "forward", policy: "drop", rules: rules.map(rule) } } },
    ];
    const packet = { family: 4, source: "10.1.0.0/16" } as const;
    const dropped = (...rules: object[]) => notForwarded(packet, filter(...rules)) !== undefined;
    assert.equal(
      notForwarded(packet, filter()),
      'the policy DROP of iptables filter FORWARD. Accept it with a FirewallRule, chain: "forward"',
    );
    const accept = { verdict: "accept" };
    assert.ok(!dropped({ ...accept, inInterface: "br0" }));
    assert.ok(!dropped({ ...accept, source: "10.1.7.0/24" }));
    assert.ok(!dropped({ ...accept, other: ["-m mark"] }));
    assert.ok(!dropped({ ...accept, destinationPorts: ["80"], protocol: "tcp" }));
    assert.ok(dropped({ ...accept, source: "10.2.0.0/16" }));
    assert.ok(dropped({ ...accept, states: ["established", "related"] }));
    assert.ok(dropped({ ...accept, inInterface: "docker0" }), "that is for Docker's own");
    assert.ok(dropped({ ...accept, inInterface: "br-0123456789ab" }));
    assert.ok(dropped({ ...accept, family: 6 }));
    const known = { ...packet, inInterface: "br0" };
    assert.ok(notForwarded(known, filter({ ...accept, inInterface: "br1" })));
    assert.ok(!notForwarded(known, filter({ ...accept, inInterface: "br+" })));
    assert.match(
      notForwarded(packet, found("docker and our own rules")) ?? "",
      /the policy DROP of .* FORWARD \(Docker\)/,
    );
  });

  it("names a FirewallRule as the remedy when one of our own rules drops a forwarded packet, with each backend", () => {
    const text = "-A PULUMI-KVM-FORWARD -j DROP";
    const dropping = [rule({ verdict: "drop", text })];
    const accept = 'Accept it with a FirewallRule, chain: "forward"';
    const jump = { hook: "forward", policy: "accept", rules: [rule({ verdict: { jump: "PULUMI-KVM-FORWARD" } })] };
    const inIptables = { FORWARD: jump, "PULUMI-KVM-FORWARD": { rules: dropping } };
    assert.equal(
      notForwarded({ family: 4 }, [{ name: "iptables filter", chains: inIptables }]),
      `the rule ${text} of iptables filter. ${accept}`,
    );
    const inNft = { forward: { hook: "forward", policy: "accept", rules: dropping } };
    assert.equal(
      notForwarded({ family: 4 }, [{ name: "nft inet pulumi_kvm", chains: inNft }]),
      `the rule forward: drop of nft inet pulumi_kvm. ${accept}`,
    );
  });

  it("names the zone of firewalld that would accept a forwarded packet", () => {
    const guests = { family: 4, source: "192.0.2.0/24", outInterface: "eth0" } as const;
    const closed = found("firewalld with no zone by name");
    assert.equal(
      notForwarded({ ...guests, inInterface: "br0" }, closed),
      "the rule filter_FORWARD_POLICIES: reject of nft inet firewalld (firewalld). Allow it in firewalld: " +
        "firewall-cmd --permanent --zone=trusted --change-interface=br0; firewall-cmd --reload " +
        "(that opens the host's own ports to br0 too; docs/troubleshooting.md has a narrower way)",
    );
    // Nothing is forwarded to lo, so its zone is no answer.
    assert.match(
      notForwarded(guests, closed) ?? "",
      /Allow it in firewalld: a policy from the zone of the incoming interface/,
    );
    assert.equal(
      notForwarded({ ...guests, inInterface: "br0" }, found("firewalld with a policy of a zone")),
      undefined,
    );
  });

  it("names the port for a packet to the host itself, and never a zone that opens all ports", () => {
    const packet = { hook: "input", family: 4, inInterface: "eth0", protocol: "tcp" } as const;
    const closed = (name: string, chain: string): PacketFilter => [
      { name, chains: { [chain]: { hook: "input", policy: "drop", rules: [] } } },
    ];
    const firewalld = closed("nft inet firewalld", "filter_INPUT");
    assert.match(
      droppedBy({ ...packet, destinationPorts: ["8080"] }, firewalld, "iptables") ?? "",
      /in the zone of the incoming interface: firewall-cmd --permanent --zone=ZONE --add-port=8080\/tcp; firewall-cmd --reload$/,
    );
    assert.match(
      droppedBy(packet, closed("iptables filter", "ufw-before-input"), "nftables") ?? "",
      /Allow it in ufw: ufw allow PORT\/tcp$/,
    );
  });

  it("ignores firewalld for a forwarded port, because firewalld accepts packets whose destination was rewritten", () => {
    const to = { destination: "192.0.2.2", destinationPorts: ["80"], protocol: "tcp" };
    const packet = { hook: "forward", family: 4, ...to } as const;
    const closed = found("firewalld with no zone by name");
    assert.match(droppedBy(packet, closed, "iptables") ?? "", /filter_FORWARD_POLICIES: reject/);
    assert.equal(droppedBy({ ...packet, wasForwarded: true }, closed, "iptables"), undefined);
  });

  it("reports only certain drops", () => {
    const drops = (match: object) => {
      const chains = { f: { hook: "forward", policy: "accept", rules: [rule({ ...match, verdict: "drop" })] } };
      const addresses = { inInterface: "br0", source: "10.1.0.0/16", protocol: "tcp" };
      const packet: Packet = { hook: "forward", family: 4, ...addresses, destinationPorts: ["80-82", "84"] };
      return droppedBy(packet, [{ name: "nft inet x", chains }], "iptables") !== undefined;
    };
    assert.ok(drops({}));
    assert.ok(drops({ source: "10.0.0.0/8", inInterface: "br0", protocol: "tcp", states: ["invalid", "new"] }));
    assert.ok(!drops({ source: "10.1.2.0/24" }));
    assert.ok(!drops({ destination: "10.0.0.0/8" }));
    assert.ok(drops({ destinationPorts: ["80-90"] }));
    assert.ok(!drops({ destinationPorts: ["80"] }));
    assert.ok(!drops({ sourcePorts: ["80"] }));
    assert.ok(!drops({ notDestination: "10.0.0.0/8" }));
    assert.ok(!drops({ states: ["invalid"] }));
    assert.ok(!drops({ family: 6 }));
    assert.ok(!drops({ other: ["-m limit"] }));
  });
});

function rule(parts: object) {
  return { chain: "f", comment: "", other: [], text: "", ...parts };
}
