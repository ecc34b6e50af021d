export type {
  GatewayLabArgs,
  GatewayLabGatewayArgs,
  GatewayLabGuestArgs,
} from "./components/gateway-lab/args";
export { GatewayLab } from "./components/gateway-lab/gateway-lab";
export type { GuestAccess, GuestSheet } from "./components/lab/guest-access";
export type { LabArgs, LabGuestArgs, LabImageArgs, LabNicArgs, LabProbeArgs } from "./components/lab/lab-args";
export type { PublicBridgeLabArgs, PublicBridgeLabGuestArgs } from "./components/public-bridge-lab/args";
export { PublicBridgeLab } from "./components/public-bridge-lab/public-bridge-lab";
export type { Carrier, HostRef } from "./provider/core/host-ref";
export type { HostOrGuest } from "./provider/core/resource";
export * from "./provider/kinds/resources";
