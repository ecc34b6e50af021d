import { errors, warnings } from "../../core/problem";

export const forwardingErrors = errors("IP forwarding", "KVM43", {
  ipv6Off: {
    code: "KVM4301",
    title: "IPv6 is turned off",
    cause: "The kernel of the host was started with ipv6.disable=1.",
    remedy: "Remove ipv6.disable=1 from the kernel command line of the host, or set `ipv6: false`.",
  },
});

export const forwardingWarnings = warnings("IP forwarding", "KVM43", {
  blocked: {
    code: "KVM4351",
    title: "Packet filter drops forwarded packets",
    cause: "IP forwarding is on, but a rule or a policy of the packet filter drops what the host should forward.",
    remedy: "Accept the packets with a FirewallRule, or in the program that owns the rule. The message names the rule.",
  },
  staysOn: {
    code: "KVM4352",
    title: "IP forwarding stays on",
    cause: "The last IpForwarding was deleted, but another program, such as Docker, may need forwarding.",
    remedy: "Turn forwarding off by hand if nothing needs it.",
  },
});
