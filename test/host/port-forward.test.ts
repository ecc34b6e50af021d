import { describeLife } from "./harness";

describeLife({
  kind: "PortForward",
  title: "iptables",
  args: { protocol: "tcp", listenPort: 8080, to: "192.168.50.10:80" },
  look: "iptables-save; ip6tables-save",
  there:
    /--dst-type LOCAL -m tcp --dport 8080 -m comment --comment "pulumi-kvm:.* -j DNAT --to-destination 192\.168\.50\.10:80/,
  changes: [
    {
      args: { protocol: "udp", listenPort: 53, listenAddress: "fd50::1", inInterface: "host0", to: "[fd50::10]:5353" },
      there: /-d fd50::1\/128 -i host0 -p udp -m udp --dport 53 .* -j DNAT --to-destination \[fd50::10\]:5353/,
    },
    {
      args: { protocol: "tcp", listenPort: 8443, to: "192.168.50.11" },
      there:
        /--ctstate DNAT --ctreplsrc 192\.168\.50\.11 --ctorigdstport 8443 .* -j ACCEPT .*--dport 8443 .*192\.168\.50\.11:8443/,
    },
  ],
  drifts: [
    { by: "iptables -t nat -F", found: "gone" },
    { by: "iptables -F", found: "gone" },
    {
      by: "iptables-save | sed 's/192.168.50.11:8443/192.168.50.12:443/' | iptables-restore",
      found: { to: "192.168.50.12:443" },
    },
  ],
  second: {
    refused: /tcp port 8443 is forwarded already \(pulumi-kvm:[a-z2-7]+:\S+ life\/anna lab\/portforward-iptables\)/,
  },
});

describeLife({
  kind: "PortForward",
  title: "nftables",
  args: { protocol: "tcp", listenPort: 8080, to: "192.168.50.10:80", backend: "nftables" },
  look: "nft list ruleset",
  there: /fib daddr type local .*tcp dport 8080 dnat ip to 192\.168\.50\.10:80 comment/,
  changes: [
    {
      args: { protocol: "udp", listenPort: 53, inInterface: "host0", to: "[fd50::10]:5353", backend: "nftables" },
      there: /iifname "host0" .*udp dport 53 dnat ip6 to \[fd50::10\]:5353/,
    },
    {
      args: { protocol: "tcp", listenPort: 8443, to: "192.168.50.11", backend: "nftables" },
      there: /ct original proto-dst 8443 ct reply ip saddr 192\.168\.50\.11 accept/,
    },
  ],
  drifts: [{ by: "nft flush chain inet pulumi_kvm forward", found: "gone" }],
  second: { refused: /tcp port 8443 is forwarded already/ },
});
