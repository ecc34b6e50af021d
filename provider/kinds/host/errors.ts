import { errors, type Problem } from "../../core/problem";

export const hostErrors = errors("Equipment of a host", "KVM33", {
  missingTools: {
    code: "KVM3301",
    title: "Commands are missing on the host",
    cause: "The host does not have a command that pulumi-kvm needs for this resource.",
    remedy: 'Install the package in the message, or set `packages: "install"` on the Host.',
  },
  noPackageManager: {
    code: "KVM3302",
    title: "Packages cannot be installed",
    cause: 'The Host has `packages: "install"`, but the host has neither apt-get nor dnf.',
    remedy: "Install the commands in the message by hand.",
  },
  notInstalled: {
    code: "KVM3303",
    title: "Installation of packages failed",
    cause: "apt-get or dnf failed: a mirror does not answer, a lock is held, or the disk is full.",
    remedy: "Read the output in the message, and install the packages by hand.",
  },
});

/** @param missing commands, each with its package */
export function lacks(missing: readonly string[], remedy: string): Problem {
  return hostErrors.missingTools(`the host does not have ${missing.join(", ")}. ${remedy}`);
}
