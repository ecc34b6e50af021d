import { describeLife } from "./harness";

describeLife({
  kind: "Masquerade",
  title: "iptables",
  args: { source: "192.168.50.0/24", outInterface: "host0" },
  look: "iptables-save -t nat; ip6tables-save -t nat",
  there:
    /-A POSTROUTING -j (\S+) .*-A \1 -s 192\.168\.50\.0\/24 -o host0 -m comment --comment "pulumi-kvm:.* -j MASQUERADE/,
  changes: [
    { args: { outInterface: "host0" }, there: /-A PULUMI-KVM-POSTROUTING -o host0 -m comment .* -j MASQUERADE/ },
    {
      args: { source: "fd50::/64", destination: "fd51::1/64" },
      there: /-A PULUMI-KVM-POSTROUTING -s fd50::\/64 -d fd51::\/64 -m comment .* -j MASQUERADE/,
    },
    {
      args: { source: "192.168.50.7" },
      there: /-A PULUMI-KVM-POSTROUTING -s 192\.168\.50\.7\/32 -m comment .* -j MASQUERADE/,
    },
  ],
  drifts: [
    { by: "iptables -t nat -F", found: "gone" },
    { by: "iptables -t nat -D POSTROUTING -j PULUMI-KVM-POSTROUTING", found: "gone" },
    { by: "iptables -t nat -F; iptables -t nat -X", found: "gone" },
    {
      by: "iptables-save -t nat | sed 's/192.168.50.7/192.168.50.8/' | iptables-restore",
      found: { source: "192.168.50.8" },
    },
  ],
  second: "shared",
});

describeLife({
  kind: "Masquerade",
  title: "nftables",
  args: { source: "192.168.50.0/24", outInterface: "host0", backend: "nftables" },
  look: "nft list ruleset",
  there: /table inet pulumi_kvm { chain postrouting .* ip saddr 192\.168\.50\.0\/24 .*masquerade comment "pulumi-kvm:/,
  changes: [
    {
      args: { source: "fd50::/64", destination: "fd51::/64", backend: "nftables" },
      there: /ip6 saddr fd50::\/64 ip6 daddr fd51::\/64 masquerade comment/,
    },
    {
      args: { source: "192.168.50.7", backend: "nftables" },
      there: /ip saddr 192\.168\.50\.7 masquerade comment/,
    },
    {
      args: { source: "192.168.50.0/24", backend: "nftables" },
      there: /ip saddr 192\.168\.50\.0\/24 ip daddr != 192\.168\.50\.0\/24 masquerade comment/,
    },
    {
      args: { source: "192.168.50.7", backend: "nftables" },
      there: /ip saddr 192\.168\.50\.7 masquerade comment/,
    },
  ],
  drifts: [
    { by: "nft flush ruleset", found: "gone" },
    { by: "nft flush chain inet pulumi_kvm postrouting", found: "gone" },
    {
      by: "nft list table inet pulumi_kvm | sed 's/192.168.50.7/192.168.50.8/' >/run/t; nft delete table inet pulumi_kvm; nft -f /run/t; rm /run/t",
      found: { source: "192.168.50.8" },
    },
  ],
  second: "shared",
});

describeLife({
  kind: "Masquerade",
  title: "legacy",
  given: `for tables in iptables ip6tables; do update-alternatives --quiet --set $tables /usr/sbin/$tables-legacy; done
iptables -t nat -nL >/dev/null; ip6tables -t nat -nL >/dev/null`,
  args: { source: "192.168.50.0/24", outInterface: "host0" },
  look: "iptables-legacy-save -t nat; ip6tables-legacy-save -t nat",
  there:
    /-A POSTROUTING -j (\S+) .*-A \1 -s 192\.168\.50\.0\/24 -o host0 -m comment --comment "pulumi-kvm:.* -j MASQUERADE/,
  changes: [
    {
      args: { source: "fd50::/64" },
      there: /-A PULUMI-KVM-POSTROUTING -s fd50::\/64 ! -d fd50::\/64 -m comment .* -j MASQUERADE/,
    },
  ],
  drifts: [{ by: "ip6tables -t nat -F", found: "gone" }],
  second: "shared",
});

describeLife({
  kind: "Masquerade",
  title: "through sudo",
  tower: { sudo: "nopasswd" },
  args: { outInterface: "host0" },
  look: "iptables-save -t nat",
  there: /-A PULUMI-KVM-POSTROUTING -o host0 -m comment .* -j MASQUERADE/,
  drifts: [{ by: "iptables -t nat -F", found: "gone" }],
  second: "shared",
});
