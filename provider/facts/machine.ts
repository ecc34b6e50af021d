import { sh } from "../shell";
import type { Fact } from "./fact";

/** What a host is and what it can do; it does not change while we look. */
export interface Machine {
  /** ID of os-release(5): "debian". */
  distribution: string;
  version: string;
  kernel: string;
  architecture: string;
  /** The commands that were looked for and found. */
  tools: string[];
  /** "usable", or why not. */
  kvm: "usable" | "no /dev/kvm" | "no vmx or svm";
  /** Whether /dev/net/tun is there. */
  tun: boolean;
  /** Groups that a guest's user needs for its devices, of those that exist: "kvm". */
  groups: string[];
}

/** What some kind may need; a missing one is an error of that kind, which names the package. */
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
  lasts: true,
  command: sh`
    . /etc/os-release
    printf '%s\n' "distribution=\${ID:-}" "version=\${VERSION_ID:-}" "kernel=$(uname -r)" "architecture=$(uname -m)"
    for tool in ${wantedTools} "qemu-system-$(uname -m)"; do
      if command -v "$tool" >/dev/null 2>&1; then printf 'tool=%s\n' "$tool"; fi
    done
    if [ -c /dev/kvm ]; then echo kvm; fi
    if grep -qwE 'vmx|svm' /proc/cpuinfo || [ "$(uname -m)" != x86_64 ]; then echo virtualisation; fi
    if getent group kvm >/dev/null; then echo group=kvm; fi
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
    };
  },
};

/** Debian's package for a command, for the text of an error. */
export const packageOf: Readonly<Record<string, string>> = {
  ip: "iproute2",
  flock: "util-linux",
  systemctl: "systemd",
  sha256sum: "coreutils",
  iptables: "iptables",
  ip6tables: "iptables",
  nft: "nftables",
  "qemu-img": "qemu-utils",
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-system-aarch64": "qemu-system-arm",
  curl: "curl",
  "ssh-keygen": "openssh-client",
  dnsmasq: "dnsmasq-base",
};

/** "qemu-img (package qemu-utils)" for each that is missing. */
export function missingTools(machine: Machine, tools: readonly string[]): string[] {
  return tools
    .filter((tool) => !machine.tools.includes(tool))
    .map((tool) => `${tool} (package ${packageOf[tool] ?? tool})`);
}
