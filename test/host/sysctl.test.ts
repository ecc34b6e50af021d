import { describeLife } from "./harness";

describeLife({
  kind: "Sysctl",
  args: { key: "net.ipv4.conf.default.arp_ignore", value: 2 },
  look: "cat /proc/sys/net/ipv4/conf/default/arp_ignore",
  there: /^2$/,
  changes: [{ args: { key: "net.ipv4.conf.default.arp_ignore", value: 8 }, there: /^8$/ }],
  drifts: [{ by: "echo 1 >/proc/sys/net/ipv4/conf/default/arp_ignore", found: { value: 1 } }],
  second: "shared",
});

// A name with a dot, and a value of several numbers. At boot, the interface appears after the other settings.
describeLife({
  kind: "Sysctl",
  title: "of a link",
  given: "ip link add name b0.10 address 02:00:00:00:00:10 type bridge",
  args: { key: "net/ipv4/conf/b0.10/rp_filter", value: "1" },
  look: "cat /proc/sys/net/ipv4/conf/b0.10/rp_filter",
  there: /^1$/,
  drifts: [{ by: "echo 2 >/proc/sys/net/ipv4/conf/b0.10/rp_filter", found: { value: "2" } }],
  second: "shared",
});

describeLife({
  kind: "Sysctl",
  title: "of many values",
  args: { key: "net.ipv4.ip_local_port_range", value: "20000 \t 30000" },
  look: "cat /proc/sys/net/ipv4/ip_local_port_range",
  there: /^20000 30000$/,
  drifts: [{ by: "echo 21000 30000 >/proc/sys/net/ipv4/ip_local_port_range", found: { value: "21000 30000" } }],
  second: "shared",
});

// Tests of what the module is for, and of a module that is not loaded: bridge-netfilter.test.ts.
describeLife({
  kind: "Sysctl",
  title: "of a module",
  args: { key: "net.bridge.bridge-nf-call-iptables", value: 0, module: "br_netfilter" },
  look: "cat /proc/sys/net/bridge/bridge-nf-call-iptables",
  there: /^0$/,
  drifts: [{ by: "echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables", found: { value: 1 } }],
  second: "shared",
});
