import { errors } from "../../core/problem";

export const linkErrors = errors("Bridges and taps", "KVM40", {
  wrongType: {
    code: "KVM4001",
    title: "Interface has another type",
    cause: "The host has an interface with this name already, but it is not a bridge or not a tap.",
    remedy: "Choose another name.",
  },
  notMade: {
    code: "KVM4002",
    title: "Bridge or tap cannot be created",
    cause:
      "The kernel or the tool ip refused it. The most frequent reasons: /dev/net/tun is missing, or another program made an interface with this name meanwhile.",
    remedy: "For a tap: `modprobe tun` on the host. Otherwise read the output in the message.",
  },
});
