import { errors, warnings } from "../../core/problem";

export const firewallErrors = errors("Packet filter", "KVM50", {
  missingTool: {
    code: "KVM5001",
    title: "Tool of the packet filter is missing",
    cause: "The host has neither iptables nor nft, or not the one that `backend` names.",
    remedy: "Install the package in the message, or choose the other `backend`.",
  },
  lockout: {
    code: "KVM5002",
    title: "Rule would lock out SSH",
    cause:
      "After the change, the rules of pulumi-kvm would drop all SSH connections to the host, now and after each boot.",
    remedy: "Accept the SSH port by a FirewallRule with a smaller `order`, or make the drop rule narrower.",
  },
  alreadyForwarded: {
    code: "KVM5003",
    title: "Port is forwarded already",
    cause: "Another rule of the host forwards the same port. Only the first rule would have an effect.",
    remedy: "Choose another `listenPort`, or remove the other rule.",
  },
  portInUse: {
    code: "KVM5004",
    title: "Program listens on the port",
    cause: "A program on the host listens on the port. With the forward it would not get its connections any more.",
    remedy: "Choose another `listenPort`, or limit the forward by `inInterface`.",
  },
  bridgedFramesDropped: {
    code: "KVM5005",
    title: "Host drops packets between guests",
    cause:
      "With br_netfilter, packets between the ports of a bridge pass the forward chain of the host, and a rule there drops them.",
    remedy: "Allow the bridge there, or set `net.bridge.bridge-nf-call-iptables` to 0 with a Sysctl.",
  },
});

export const firewallWarnings = warnings("Packet filter", "KVM50", {
  acceptedDropped: {
    code: "KVM5051",
    title: "Another rule drops accepted packets",
    cause:
      "A rule of another program drops packets that our FirewallRule accepts. An accept in one table has no effect on another.",
    remedy: "Allow the packets in the other program too. The message has the command.",
  },
  forwardedDropped: {
    code: "KVM5052",
    title: "Another rule drops packets of a port forward",
    cause: "A rule of another program drops packets that our PortForward forwards.",
    remedy: "Allow the packets in the other program too. The message has the command.",
  },
  masqueradedDropped: {
    code: "KVM5053",
    title: "Packets do not reach the masquerade",
    cause: "The forward chain of the host drops the packets before the Masquerade changes their source.",
    remedy: 'Accept the packets with a FirewallRule (`chain: "forward"`), or in the program that owns the rule.',
  },
  bridgedFramesDropped: {
    code: "KVM5054",
    title: "Host drops packets between guests on an existing bridge",
    cause:
      "With br_netfilter, packets between the ports of a bridge pass the forward chain of the host, and a rule there drops them.",
    remedy: "Allow the bridge there, or set `net.bridge.bridge-nf-call-iptables` to 0 with a Sysctl.",
  },
});
