import { errors } from "../core/problem";

export const changeErrors = errors("Network changes of a PublicBridge", "KVM70", {
  notBegun: {
    code: "KVM7001",
    title: "Network change did not begin",
    cause:
      "A check on the host failed before the change. For example, the network manager rejects the new files, a rehearsal of the next boot fails, or another machine has one of the new addresses. Nothing was changed.",
    remedy: "Read the reason in the message, correct it, and run again.",
  },
  rolledBack: {
    code: "KVM7002",
    title: "Network change was rolled back",
    cause:
      "The host did not get the expected addresses and routes, or the provider could not log in after the change. The host has its old configuration again.",
    remedy: "Read the log in the message. Correct the arguments, or give more time by `confirmWithinSeconds`.",
  },
  silent: {
    code: "KVM7003",
    title: "Host does not answer after a network change",
    cause: "The host neither confirmed the change nor answered after the time of the rollback.",
    remedy:
      "Open the console of the host. `/var/lib/pulumi-kvm/change` has the scripts and the log. A restart of the host rolls the change back too.",
  },
  otherHostKey: {
    code: "KVM7004",
    title: "Another host key answers after a network change",
    cause: "Another machine has the address of the host after the change.",
    remedy: "Wait until the host has rolled the change back. Then choose an address that no other machine has.",
  },
  tooSlow: {
    code: "KVM7005",
    title: "Preparation of a network change took too long",
    cause: "The host ended the preparation at its time limit. Nothing was changed.",
    remedy: "Find out what hangs on the host, for example a network manager, and run again.",
  },
});
