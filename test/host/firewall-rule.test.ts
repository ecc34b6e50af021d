import { describeLife } from "./harness";

const args = {
  chain: "forward",
  action: "drop",
  inInterface: "host0",
  source: "10.0.0.0/8",
  protocol: "tcp",
  destinationPorts: [22, "1000-2000"],
  states: ["new", "established"],
};

describeLife({
  kind: "FirewallRule",
  title: "iptables",
  args,
  look: "iptables-save; ip6tables-save",
  there:
    /-A FORWARD -j (\S+) .*-A \1 -s 10\.0\.0\.0\/8 -i host0 -p tcp -m multiport --dports 22,1000:2000 -m conntrack --ctstate NEW,ESTABLISHED -m comment .* -j DROP/,
  changes: [
    {
      args: { chain: "input", action: "reject", protocol: "udp", sourcePorts: [53], family: "ipv6" },
      there: /-A INPUT -j (\S+) .*-A \1 -p udp -m udp --sport 53 -m comment .* -j REJECT/,
    },
    {
      args: { chain: "output", action: "accept", outInterface: "host0", protocol: "icmp" },
      there:
        /-A PULUMI-KVM-OUTPUT -o host0 -p icmp .* -j ACCEPT .*-A PULUMI-KVM-OUTPUT -o host0 -p ipv6-icmp .* -j ACCEPT/,
    },
  ],
  drifts: [
    { by: "ip6tables -F", found: "gone" },
    { by: "iptables -F PULUMI-KVM-OUTPUT", found: "gone" },
    { by: "iptables-save | sed 's/-o host0/-o host1/' | iptables-restore", found: { outInterface: "host1" } },
  ],
  second: "shared",
});

describeLife({
  kind: "FirewallRule",
  title: "nftables",
  args: { ...args, backend: "nftables" },
  look: "nft list ruleset",
  there:
    /chain forward .*iifname "host0" ip saddr 10\.0\.0\.0\/8 .*tcp dport \{ 22, 1000-2000 \} ct state \{ established, new \} drop/,
  changes: [
    {
      args: { chain: "output", action: "accept", outInterface: "host0", protocol: "icmp", backend: "nftables" },
      there: /chain output .*oifname "host0" .*icmp accept .*oifname "host0" .*ipv6-icmp accept/,
    },
    {
      args: { chain: "input", action: "reject", protocol: "udp", sourcePorts: ["53-60", 70], backend: "nftables" },
      there: /chain input .*udp sport \{ 53-60, 70 \} reject .*udp sport \{ 53-60, 70 \} reject/,
    },
  ],
  drifts: [{ by: "nft delete table inet pulumi_kvm", found: "gone" }],
  second: "shared",
});
