/**
 * Statements of a wrong program, each with the error that its author sees. They stand after `host`, a Host, and `late`, an
 * Output<string>.
 */
export const wrongPrograms: readonly (readonly [statement: string, error: string])[] = [
  [
    'new kvm.Guest("web", { host, memory: 256 });',
    "TS2353: Object literal may only specify known properties, and 'memory' does not exist in type 'GuestArgs'.",
  ],
  [
    'new kvm.Bridge("lan", { host, adresses: [] });',
    "TS2561: Object literal may only specify known properties, but 'adresses' does not exist in type 'BridgeArgs'. Did you mean to write 'addresses'?",
  ],
  [
    'new kvm.Bridge("lan", { host: "tower" });',
    "TS2322: Type 'string' is not assignable to type 'Input<HostOrGuest>'.",
  ],
  [
    'new kvm.Bridge("lan", {});',
    "TS2345: Argument of type '{}' is not assignable to parameter of type 'BridgeArgs'. Property 'host' is missing in type '{}' but required in type 'BridgeArgs'.",
  ],
  [
    'new kvm.FirewallRule("out", { host, chain: "foward", action: "accept" });',
    `TS2820: Type '"foward"' is not assignable to type 'Input<"forward" | "input" | "output">'. Did you mean '"forward"'?`,
  ],
  [
    'new kvm.Guest("web", { host, vcpus: "2" });',
    "TS2322: Type 'string' is not assignable to type 'Input<number | undefined>'.",
  ],
  [
    'new kvm.Guest("web", { host, nics: [{ tap: "web", user: {} }] });',
    "TS2322: Type '{ tap: string; user: {}; }' is not assignable to type 'Input<NicArgs>'. Types of property 'user' are incompatible. Type '{}' is not assignable to type 'undefined'.",
  ],
  [
    'new kvm.Guest("web", { host, nics: [{ model: "e1000" }] });',
    `TS2322: Type '{ model: "e1000"; }' is not assignable to type 'Input<NicArgs>'. Property 'user' is missing in type '{ model: "e1000"; }' but required in type 'NicUserArgs'.`,
  ],
  [
    'new kvm.Guest("web", { host, cloudInit: { network: { address: ["192.168.50.2/24"] } } });',
    "TS2353: Object literal may only specify known properties, and 'address' does not exist in type 'GuestNetworkArgs | Promise<GuestNetworkArgs | undefined> | OutputInstance<GuestNetworkArgs | undefined>'.",
  ],
  ['new kvm.Guest("web", { host, disks: ["web"] });', "TS2322: Type 'string' is not assignable to type 'Input<Disk>'."],
  [
    'new kvm.Disk("web", { host, image: "debian.qcow2" });',
    "TS2322: Type 'string' is not assignable to type 'Input<Image | undefined>'.",
  ],
  [
    'new kvm.Probe("answers", { from: host });',
    "TS2345: Argument of type '{ from: kvm.Host; }' is not assignable to parameter of type 'ProbeArgs'. Property 'http' is missing in type '{ from: kvm.Host; }' but required in type 'ProbeHttpArgs'.",
  ],
  [
    'new kvm.Probe("answers", { from: host, ping: "192.168.50.2", tcp: "192.168.50.2:22" });',
    "TS2345: Argument of type '{ from: kvm.Host; ping: string; tcp: string; }' is not assignable to parameter of type 'ProbeArgs'. Types of property 'tcp' are incompatible. Type 'string' is not assignable to type 'undefined'.",
  ],
  [
    'new kvm.PublicBridge("lan", { host, nic: "eth0", bridgeNetfilter: pulumi.output("off" as const) });',
    `TS2322: Type 'Output<"off">' is not assignable to type '"off" | undefined'.`,
  ],
  [
    'new kvm.GatewayLab("lab", { host, image: late, guests: pulumi.output(2) });',
    "TS2322: Type 'OutputInstance<number>' is not assignable to type 'number | Record<string, GatewayLabGuestArgs> | undefined'. Type 'OutputInstance<number>' is not assignable to type 'Record<string, GatewayLabGuestArgs>'. Index signature for type 'string' is missing in type 'OutputInstance<number>'.",
  ],
  [
    'new kvm.GatewayLab("lab", { host, image: late, guests: { deb2: { memory: 256 } } });',
    "TS2353: Object literal may only specify known properties, and 'memory' does not exist in type 'GatewayLabGuestArgs'.",
  ],
  [
    'new kvm.PublicBridgeLab("lab", { host, image: late, bridge: "br0" });',
    "TS2322: Type 'string' is not assignable to type 'Input<PublicBridge>'.",
  ],
  ['kvm.Guest.get("web", "web");', "TS2339: Property 'get' does not exist on type 'typeof Guest'."],
];
