import { errors, warnings } from "../../core/problem";

export const guestErrors = errors("Guests", "KVM60", {
  noTun: {
    code: "KVM6001",
    title: "Module tun is not loaded",
    cause: "The host does not have /dev/net/tun, which a guest on a tap needs.",
    remedy: "Load the module on the host: `modprobe tun`. A kernel update without a restart is a frequent reason.",
  },
  noKvm: {
    code: "KVM6002",
    title: "KVM is not usable",
    cause:
      "The host does not have /dev/kvm, or its CPU does not offer virtualisation. Often the host is a virtual machine without nested virtualisation.",
    remedy: 'Turn nested virtualisation on, or set `accelerator: "tcg"`, which is 10 to 50 times slower.',
  },
  noUserNetwork: {
    code: "KVM6003",
    title: "QEMU does not have the user-mode network",
    cause: "The distribution builds QEMU without it (RHEL and its relatives).",
    remedy: "Put the NIC on a Tap of a Bridge, with IpForwarding and a Masquerade.",
  },
  noTap: {
    code: "KVM6004",
    title: "Tap does not exist",
    cause: "The tap that a NIC names is absent on the host.",
    remedy: "Use the output `name` of a Tap, so that the Tap exists before the guest.",
  },
  noDisk: {
    code: "KVM6005",
    title: "Disk does not exist",
    cause: "A disk of the guest is absent on the host.",
    remedy: "Run `pulumi refresh`, then `pulumi up`, which makes the disk again, empty or from its image.",
  },
  notStarted: {
    code: "KVM6006",
    title: "QEMU did not start",
    cause:
      "QEMU ended at once. The message has its output. Frequent reasons are missing memory and a wrong kernel path.",
    remedy: "Correct what QEMU reports, and run again.",
  },
  notReady: {
    code: "KVM6007",
    title: "Guest is not ready in time",
    cause:
      "The guest runs, but a condition of `waitFor` did not become true. The message has the end of the guest's console.",
    remedy:
      "Read the console. Raise `waitFor.timeoutSeconds` for a slow guest. The next run continues to wait for the same guest.",
  },
  notStopped: {
    code: "KVM6008",
    title: "Guest does not power down",
    cause: "systemd did not end the guest within `stopWithinSeconds` and a margin.",
    remedy: "Look at the guest's unit on the host: `systemctl status pulumi-kvm-guest@NAME`.",
  },
  seedTooLarge: {
    code: "KVM6009",
    title: "Configuration for cloud-init is too large",
    cause: "User data, network configuration and keys together have more than 127 MiB.",
    remedy: "Let cloud-init download large files instead.",
  },
});

export const diskErrors = errors("Disks", "KVM61", {
  shrinks: {
    code: "KVM6101",
    title: "Disk cannot shrink",
    cause: "`sizeGiB` is smaller than the size of the disk. The data beyond it would be lost.",
    remedy: "Keep the size. Or make a new disk by another `name`, and copy the data inside a guest.",
  },
  inUse: {
    code: "KVM6102",
    title: "Guest uses the disk",
    cause: "A running guest of another owner has the disk open, so it cannot be deleted.",
    remedy: "Stop that guest first.",
  },
  noSize: {
    code: "KVM6103",
    title: "Disk has neither an image nor a size",
    cause: "An empty disk needs a size.",
    remedy: "Give `sizeGiB` or `image`.",
  },
});

export const diskWarnings = warnings("Disks", "KVM61", {
  retained: {
    code: "KVM6151",
    title: "Disk stays on the host",
    cause:
      "The owner of the host's objects is deleted, and no state knows the disk. A guest has written to it, so pulumi-kvm does not delete it.",
    remedy: "Delete the file when you do not need it any more.",
  },
});
