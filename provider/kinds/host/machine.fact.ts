import type { Fact } from "../../core/fact";
import { sh } from "../../core/shell";
import type { HostFacts } from "./host-facts";

/** Properties of a host that do not change during a run: those of the output `facts`, and some that only plans use. */
export interface Machine extends HostFacts {
  /** Groups that exist and that a guest's user needs for its devices: "kvm". */
  groups: string[];
  /** Path of QEMU where the distribution keeps it out of PATH (RHEL and its derivatives), or "". */
  libexecQemu: string;
  /** Whether the QEMU at libexecQemu has the user-mode network. */
  userNetwork: boolean;
  /** Whether the host has perl or Python 3, which open a tap for a guest. */
  opensTaps: boolean;
  /** Whether dnf installs packages, with the package names of Fedora. */
  dnf: boolean;
}

/** Commands that a kind may need. The error of that kind names the package of a missing command. */
const wantedTools = [
  "ip",
  "flock",
  "systemctl",
  "sha256sum",
  "iptables",
  "ip6tables",
  "nft",
  "qemu-img",
  "curl",
  "ssh-keygen",
  "dnsmasq",
  "socat",
  "apt-get",
];

export const machine: Fact<Machine> = {
  name: "machine",
  isStatic: true,
  command: sh`
    . /etc/os-release
    printf '%s\n' "distribution=\${ID:-}" "version=\${VERSION_ID:-}" "kernel=$(uname -r)" "architecture=$(uname -m)"
    for tool in ${wantedTools} "qemu-system-$(uname -m)"; do
      if command -v "$tool" >/dev/null 2>&1; then printf 'tool=%s\n' "$tool"; fi
    done
    if [ -c /dev/kvm ]; then echo kvm; fi
    if grep -qwE 'vmx|svm' /proc/cpuinfo || [ "$(uname -m)" != x86_64 ]; then echo virtualisation; fi
    if getent group kvm >/dev/null; then echo group=kvm; fi
    if [ -x /usr/libexec/qemu-kvm ]; then
      echo libexecQemu=/usr/libexec/qemu-kvm
      if timeout 10 /usr/libexec/qemu-kvm -netdev help 2>/dev/null </dev/null | grep -qx user; then echo userNetwork; fi
    fi
    if command -v perl >/dev/null || command -v python3 >/dev/null; then echo opensTaps; fi
    if command -v dnf >/dev/null && ! command -v apt-get >/dev/null; then echo dnf; fi
    if [ -c /dev/net/tun ]; then echo tun; fi`,
  parse: (output) => {
    const all = output.split("\n");
    const values = all.map((line) => line.split("="));
    const value = (key: string) => values.find(([name]) => name === key)?.[1] ?? "";
    return {
      distribution: value("distribution"),
      version: value("version"),
      kernel: value("kernel"),
      architecture: value("architecture"),
      tools: values.filter(([name]) => name === "tool").map(([, tool]) => tool ?? ""),
      kvm: !all.includes("kvm") ? "no /dev/kvm" : all.includes("virtualisation") ? "usable" : "no vmx or svm",
      tun: all.includes("tun"),
      groups: values.filter(([name]) => name === "group").map(([, group]) => group ?? ""),
      libexecQemu: value("libexecQemu"),
      userNetwork: all.includes("userNetwork"),
      opensTaps: all.includes("opensTaps"),
      dnf: all.includes("dnf"),
    };
  },
};

/** The package of a command, if it has another name than the command: Debian's name, then that of Fedora and RHEL. */
const packages: Readonly<Record<string, readonly [debian: string, fedora: string]>> = {
  ip: ["iproute2", "iproute"],
  flock: ["util-linux", "util-linux"],
  systemctl: ["systemd", "systemd"],
  sha256sum: ["coreutils", "coreutils"],
  iptables: ["iptables", "iptables-nft"],
  ip6tables: ["iptables", "iptables-nft"],
  nft: ["nftables", "nftables"],
  "qemu-img": ["qemu-utils", "qemu-img"],
  "qemu-system-x86_64": ["qemu-system-x86", "qemu-kvm"],
  "qemu-system-aarch64": ["qemu-system-arm", "qemu-kvm"],
  perl: ["perl-base", "perl-interpreter"],
  "ssh-keygen": ["openssh-client", "openssh"],
  dnsmasq: ["dnsmasq-base", "dnsmasq"],
};

export function packageFor(tool: string, { dnf }: Machine): string {
  const [debian = tool, fedora = tool] = packages[tool] ?? [];
  return dnf ? fedora : debian;
}

/** The missing tools, each as "qemu-img (package qemu-utils)". */
export function missingTools(machine: Machine, tools: readonly string[]): string[] {
  return tools
    .filter((tool) => !machine.tools.includes(tool) && !(tool === qemuOf(machine) && machine.libexecQemu))
    .map((tool) => `${tool} (package ${packageFor(tool, machine)})`);
}

/** The name of QEMU's command on Debian, Ubuntu, Fedora, SUSE … */
export function qemuOf({ architecture }: Machine): string {
  return `qemu-system-${architecture}`;
}
