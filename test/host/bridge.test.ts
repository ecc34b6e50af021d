import { describeLife } from "./harness";

describeLife({
  kind: "Bridge",
  args: { name: "lan1", addresses: ["192.168.77.1/24", "fd77::1/64"], mtu: 1400 },
  look: "ip -oneline -details link show dev lan1 | grep -o 'mtu [0-9]*\\|stp_state [01]'; ip address show dev lan1 | sort",
  there: /^mtu 1400 .*stp_state 0 .*inet 192\.168\.77\.1\/24 .*inet6 fd77::1\/64 /,
  changes: [
    {
      args: { name: "lan1", addresses: ["fd77::1/64", "192.168.77.2/24", "192.168.78.1/24"], mtu: 1300, stp: true },
      there: /^mtu 1300 .*stp_state 1 .*192\.168\.77\.2\/24 .*192\.168\.78\.1\/24 .*fd77::1\/64 /,
    },
  ],
  drifts: [
    { by: "ip link delete lan1", found: "gone" },
    { by: "ip link set dev lan1 down", found: { up: false, addresses: ["192.168.77.2/24", "192.168.78.1/24"] } },
    { by: "ip link set dev lan1 mtu 1290 type bridge stp_state 0", found: { mtu: 1290, stp: false } },
    {
      by: "ip address replace 192.168.79.1/24 dev lan1; ip address delete 192.168.78.1/24 dev lan1",
      found: { addresses: ["fd77::1/64", "192.168.77.2/24", "192.168.79.1/24"] },
    },
    { by: "ip link set dev lan1 address 02:00:00:00:00:99", found: { macAddress: "02:00:00:00:00:99" } },
  ],
  second: { refused: /lan1 exists and belongs to lab\/bridge of life\/anna \(owner [a-z2-7]+\)/ },
  foreign: {
    by: "ip link add lan1 type bridge",
    refused: /lan1 exists and belongs to another program .*adopt: true/,
  },
});
