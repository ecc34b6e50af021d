// Made by tools/resources.ts from the schemas of the kinds: npm run docs

export { FirewallRule, type FirewallRuleArgs } from "./firewall/firewall-rule.resource";
export { Masquerade, type MasqueradeArgs } from "./firewall/masquerade.resource";
export { PortForward, type PortForwardArgs } from "./firewall/port-forward.resource";
export { IpForwarding, type IpForwardingArgs } from "./forwarding/ip-forwarding.resource";
export { Disk, type DiskArgs } from "./guest/disk.resource";
export {
  type CloudInit,
  type CloudInitArgs,
  Guest,
  type GuestArgs,
  type GuestNetwork,
  type GuestNetworkArgs,
  type HostForward,
  type HostForwardArgs,
  type Kernel,
  type KernelArgs,
  type Nic,
  type NicArgs,
  type NicBaseArgs,
  type NicTapArgs,
  type NicUserArgs,
  type UserNetwork,
  type UserNetworkArgs,
  type WaitFor,
  type WaitForArgs,
} from "./guest/guest.resource";
export { Host, type HostArgs, type JumpHostArgs } from "./host/host.resource";
export type { HostFacts } from "./host/host-facts";
export { Image, type ImageArgs } from "./image/image.resource";
export { Bridge, type BridgeArgs } from "./link/bridge.resource";
export { Tap, type TapArgs } from "./link/tap.resource";
export {
  Probe,
  type ProbeArgs,
  type ProbeBaseArgs,
  type ProbeHttpArgs,
  type ProbePingArgs,
  type ProbeTcpArgs,
} from "./probe/probe.resource";
export { PublicBridge, type PublicBridgeArgs } from "./public-bridge/public-bridge.resource";
export { Route, type RouteArgs } from "./route/route.resource";
export { Sysctl, type SysctlArgs } from "./sysctl/sysctl.resource";
