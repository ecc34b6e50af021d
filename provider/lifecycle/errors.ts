import { errors } from "../core/problem";

export const programErrors = errors("Resources of a program", "KVM11", {
  taken: {
    code: "KVM1101",
    title: "Value is used by another resource",
    cause:
      "Two resources on one host have the same value that must be unique there, such as an address or a MAC address.",
    remedy: "Give one of the two resources another value.",
  },
  editedState: {
    code: "KVM1102",
    title: "State has an invalid value",
    cause:
      "The state has a host or a name that pulumi-kvm never writes. Probably the state was edited. The value could lead to a wrong path on the host.",
    remedy: "Restore the state from a backup, or correct the value: `pulumi stack export`, then `pulumi stack import`.",
  },
});

export const machineErrors = errors("Identity and presence of a host", "KVM31", {
  otherMachine: {
    code: "KVM3101",
    title: "Another machine answers",
    cause:
      "The machine-id(5) or our record on the host differs from the state. The machine was reinstalled, or another machine has its address.",
    remedy:
      "Correct the address. If the old machine is lost, run `PULUMI_KVM_FORGET=<host> pulumi refresh`. It removes everything on that host from the state.",
  },
  stopped: {
    code: "KVM3102",
    title: "Guest that holds the object is stopped",
    cause: "The object is inside a guest that does not run, so it cannot be deleted.",
    remedy: "Start the guest, or delete the guest as a whole.",
  },
});
