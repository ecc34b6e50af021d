import { errors, warnings } from "../../core/problem";

export const sysctlErrors = errors("Kernel settings", "KVM42", {
  unknownKey: {
    code: "KVM4201",
    title: "Kernel setting does not exist",
    cause:
      "The kernel does not have the key. Its module is not loaded, its interface is absent, or IPv6 is turned off.",
    remedy: "Check the spelling. Give the kernel module by `module`, or make the resource depend on the interface.",
  },
  writeOnly: {
    code: "KVM4202",
    title: "Kernel setting cannot be read",
    cause: "The key can only be written, so it does not have a value that pulumi-kvm can keep.",
    remedy: "Do not manage this key by a Sysctl.",
  },
  conflict: {
    code: "KVM4203",
    title: "Another owner keeps the setting at another value",
    cause: "Two resources, perhaps of two stacks, need different values of one kernel setting.",
    remedy: "Change one of the two resources. The message names the other one.",
  },
  notSet: {
    code: "KVM4204",
    title: "Kernel setting cannot be set",
    cause: "The kernel rejects the value, or the module cannot be loaded.",
    remedy: "Read the output in the message. `modprobe MODULE` on the host tells why a module cannot be loaded.",
  },
});

export const sysctlWarnings = warnings("Kernel settings", "KVM42", {
  overridden: {
    code: "KVM4251",
    title: "A file on the host sets another value",
    cause:
      "A file of sysctl.d(5) sets the key to another value. pulumi-kvm sets its own value again at boot, but `sysctl --system` applies the file.",
    remedy: "Change or remove the line in the file.",
  },
});
