import { describeLife } from "./harness";

describeLife({
  kind: "IpForwarding",
  args: {},
  look: "cd /proc/sys/net; cat ipv4/ip_forward ipv6/conf/all/forwarding ipv6/conf/host0/accept_ra",
  there: /^1 0 1$/,
  changes: [
    { args: { ipv6: true }, there: /^1 1 2$/ },
    { args: { ipv4: false, ipv6: true }, there: /^0 1 2$/ },
    { args: { ipv4: true, ipv6: true }, there: /^1 1 2$/ },
  ],
  drifts: [
    { by: "echo 0 >/proc/sys/net/ipv4/ip_forward", found: { ipv4: false } },
    { by: "echo 0 >/proc/sys/net/ipv6/conf/all/forwarding", found: { ipv6: false } },
  ],
  second: "shared",
});

describeLife({
  kind: "IpForwarding",
  title: "through sudo",
  tower: { sudo: "nopasswd" },
  args: {},
  look: "cat /proc/sys/net/ipv4/ip_forward",
  there: /^1$/,
  drifts: [{ by: "echo 0 >/proc/sys/net/ipv4/ip_forward", found: { ipv4: false } }],
  second: "shared",
});
