export { GatewayLab, type GatewayLabArgs, type GuestSheet } from "./components/gateway-lab/gateway-lab";
export type { PublicBridgeLabArgs } from "./components/public-bridge-lab/args";
export { PublicBridgeLab } from "./components/public-bridge-lab/public-bridge-lab";
export type { Carrier, HostRef } from "./provider/core/host-ref";
export type { HostOrGuest } from "./provider/core/resource";
export * from "./provider/kinds/resources";
