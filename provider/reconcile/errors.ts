import { errors } from "../core/problem";

export const reconcileErrors = errors("Commands on a host", "KVM30", {
  commandFailed: {
    code: "KVM3001",
    title: "Command failed on the host",
    cause: "A command of a step ended with an error. The message has the step, the exit code and the output.",
    remedy:
      "Read the output, correct the cause on the host, and run again. A second run continues where this one stopped.",
  },
  notReached: {
    code: "KVM3002",
    title: "Host does not keep the desired state",
    cause: "The commands succeeded, but the host still differs. Another program may change the object back.",
    remedy: "Find the program that changes the object, for example a network manager, and exclude the object there.",
  },
  interrupted: {
    code: "KVM3003",
    title: "Run was interrupted",
    cause: "Pulumi was cancelled while a resource waited for the host.",
    remedy: "Run again. The next run continues to wait for the same object.",
  },
  factFailed: {
    code: "KVM3004",
    title: "State of the host cannot be observed",
    cause: "The command that observes a part of the host failed, took too long, or printed too much.",
    remedy: "Run the command in the message on the host, and correct what it reports.",
  },
  factUnreadable: {
    code: "KVM3005",
    title: "Reply of the host is not understood",
    cause: "A tool on the host printed something unexpected. Its version may be very old or very new.",
    remedy: "Run the command in the message on the host. If the output looks right, report it as a bug of pulumi-kvm.",
  },
  lockHeld: {
    code: "KVM3006",
    title: "Lock of the host is held",
    cause:
      "Another run holds the lock of pulumi-kvm on the host, or a change of the host's network waits for its confirmation.",
    remedy: "Wait for the other run. If it hangs, the message names its process: end it with `kill` on the host.",
  },
  replyCut: {
    code: "KVM3007",
    title: "Reply of the host is incomplete",
    cause:
      "The script on the host ended before its last part. The host may be out of memory, or a person ended the script.",
    remedy: "Look at the log of the host (`journalctl`), and run again.",
  },
});
