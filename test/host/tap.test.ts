import { describeLife } from "./harness";

// A bridge that has had a port differs from a new one. So these bridges have had one.
const bridges = `for bridge in b1 b2; do
  ip link add name $bridge address 02:00:00:00:00:$bridge type bridge
  ip link set dev $bridge up
  ip tuntap add dev port mode tap
  ip link set dev port master $bridge
  ip link delete port
done`;

describeLife({
  kind: "Tap",
  given: bridges,
  args: { name: "tap1", bridge: "b1" },
  look: "ip -details link show dev tap1 2>&1 || :",
  there: /master b1 .*tun type tap .*user 60999/,
  changes: [{ args: { name: "tap1", bridge: "b2", mtu: 1400 }, there: /mtu 1400 .*master b2 .*tun type tap/ }],
  drifts: [
    { by: "ip link delete tap1", found: "gone" },
    { by: "ip link set dev tap1 nomaster down", found: { bridge: undefined, up: false } },
    { by: "ip link set dev tap1 mtu 1300", found: { mtu: 1300 } },
  ],
  second: { refused: /tap1 exists and belongs to lab\/tap of life\/anna/ },
  foreign: { by: "ip tuntap add dev tap1 mode tap user 60999", refused: /tap1 exists and belongs to another program/ },
});
