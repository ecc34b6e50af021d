/** Properties of a host, as the output `facts` of a Host has them. */
export interface HostFacts {
  /** ID of os-release(5): "debian". */
  distribution: string;
  /** VERSION_ID of os-release(5): "13". */
  version: string;
  /** Release of the kernel, as `uname -r` prints it. */
  kernel: string;
  /** Architecture, as `uname -m` prints it: "x86_64". */
  architecture: string;
  /** Installed commands, of those that the provider looks for. */
  tools: string[];
  /** "usable", or why KVM is not usable. */
  kvm: "usable" | "no /dev/kvm" | "no vmx or svm";
  /** Whether /dev/net/tun exists. */
  tun: boolean;
}
