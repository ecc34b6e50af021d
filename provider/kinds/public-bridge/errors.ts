import { errors, warnings } from "../../core/problem";

export const publicBridgeErrors = errors("PublicBridge", "KVM71", {
  noNic: {
    code: "KVM7101",
    title: "NIC does not exist",
    cause: "The host does not have an interface with the name in `nic`.",
    remedy: "Choose one of the interfaces that the message lists.",
  },
  unsuitableNic: {
    code: "KVM7102",
    title: "NIC cannot be the port of a bridge",
    cause: "It is a Wi-Fi NIC or a bridge, it is a port already, or other interfaces are built on it.",
    remedy: "Choose a wired NIC that nothing else uses. For Wi-Fi, use a routed network.",
  },
  nameTaken: {
    code: "KVM7103",
    title: "Name of the bridge is taken",
    cause: "The host has an interface with this name already.",
    remedy: "Give the bridge another `name`.",
  },
  pending: {
    code: "KVM7104",
    title: "Another network change is pending",
    cause: "A change of the host's network waits for its confirmation, or the host is rolling it back.",
    remedy: "Wait for the other run. Without a confirmation, the host rolls the change back itself. Then run again.",
  },
  noSystemd: {
    code: "KVM7105",
    title: "Host does not run systemd",
    cause:
      "systemd performs the rollback when a change goes wrong. Without it, a mistake would make the host unreachable.",
    remedy: "Make the bridge by hand on this host.",
  },
  losesConnection: {
    code: "KVM7106",
    title: "Address of the SSH connection would be removed",
    cause: "After the change, the host would not have the address through which Pulumi is connected.",
    remedy:
      "Keep the address next to the new one. Change the address of the Host, and remove the old one in a later update.",
  },
  noAddress: {
    code: "KVM7107",
    title: "Bridge would not have an address",
    cause: "The arguments give neither addresses nor DHCP, and the NIC has none.",
    remedy: "Give `addresses`, or set `dhcp: true`.",
  },
  gatewayOutside: {
    code: "KVM7108",
    title: "Gateway is outside the networks of the bridge",
    cause: "No address of the bridge is in the same network as the gateway.",
    remedy: "Correct the gateway, or the prefix length of the address.",
  },
  notManaged: {
    code: "KVM7109",
    title: "No known network manager configures the NIC",
    cause: "Neither systemd-networkd, netplan, ifupdown, NetworkManager nor wicked has a configuration for the NIC.",
    remedy: "Configure the NIC with one of them first.",
  },
  managedTwice: {
    code: "KVM7110",
    title: "Several network managers configure the NIC",
    cause: "Two network managers have a configuration for the NIC, and would undo each other's changes.",
    remedy: "Remove the configuration from one of them.",
  },
  notUnderstood: {
    code: "KVM7111",
    title: "Configuration of the NIC is not understood",
    cause:
      "A file has a setting, a script or another interface that needs the NIC as it is, or a setting that pulumi-kvm does not know. It edits only what it understands completely.",
    remedy: "Change the line that the message names, or make the bridge by hand.",
  },
  rulesOnNic: {
    code: "KVM7112",
    title: "Packet filter rules name the NIC",
    cause:
      "Packets that arrive through the bridge do not match rules for the NIC, so these rules would lose their effect.",
    remedy:
      'Add the bridge to the rules where they are made. Or set `rulesOnNic: "keep"` if they may lose their effect.',
  },
  otherZone: {
    code: "KVM7113",
    title: "firewalld has the bridge in another zone",
    cause: "The NIC and the bridge are in different zones of firewalld, so other ports would be open.",
    remedy: "Give the bridge the zone of the NIC. The message has the commands.",
  },
  incompleteRecord: {
    code: "KVM7114",
    title: "Record of the NIC is incomplete",
    cause:
      "A file is missing in the record that pulumi-kvm made when it took the NIC over. Probably a person deleted it.",
    remedy: "Restore `/var/lib/pulumi-kvm/nics` from a backup, or restore the configuration of the NIC by hand.",
  },
  unknownBackend: {
    code: "KVM7115",
    title: "Network manager in the record is unknown",
    cause:
      "A newer version of pulumi-kvm took the NIC over, with a network manager that this version does not support.",
    remedy: "Update pulumi-kvm to the version that made the bridge.",
  },
});

export const publicBridgeWarnings = warnings("PublicBridge", "KVM71", {
  edited: {
    code: "KVM7151",
    title: "Edited file is replaced",
    cause: "A person edited a file that pulumi-kvm wrote. The delete restores the original file, and the edit is lost.",
    remedy: "Make the edit again in the restored file, if you still need it.",
  },
  losesGateway: {
    code: "KVM7152",
    title: "Bridge does not get a default gateway",
    cause: "The NIC has a default gateway of this IP family, and `gateways` gives none for the bridge.",
    remedy: "Add a gateway of this family to `gateways`, if the host needs one.",
  },
  rolledBackBefore: {
    code: "KVM7153",
    title: "Last change was rolled back",
    cause: "The host rolled the last attempt of this change back. The message has the end of its log.",
    remedy: "Read the log. The run tries the change again.",
  },
  deadRules: {
    code: "KVM7154",
    title: "Packet filter rules lose their effect",
    cause: "Rules name the NIC, and packets that arrive through the bridge do not match them.",
    remedy: "Add the bridge to these rules, or remove them.",
  },
});
