import { describeLife } from "./harness";

const bridge = `ip link add name b1 address 02:00:00:00:00:b1 type bridge
ip address add 192.168.60.1/24 dev b1
ip address add 192.168.60.9/24 dev b1
ip address add fd60::1/64 dev b1 nodad
ip link set dev b1 up`;

describeLife({
  kind: "Route",
  given: bridge,
  args: { destination: "10.60.0.0/16", gateway: "192.168.60.2" },
  look: "ip -Numeric route show table all exact 10.60.0.0/16",
  there: /^10\.60\.0\.0\/16 via 192\.168\.60\.2 dev b1 proto 201 /,
  changes: [
    {
      args: { destination: "10.60.0.0/16", gateway: "192.168.60.3", source: "192.168.60.9", device: "b1" },
      there: /^10\.60\.0\.0\/16 via 192\.168\.60\.3 dev b1 proto 201 src 192\.168\.60\.9 /,
    },
    {
      args: { destination: "10.60.0.0/16", gateway: "10.61.0.1", device: "b1", onlink: true },
      there: /^10\.60\.0\.0\/16 via 10\.61\.0\.1 dev b1 proto 201 onlink/,
    },
  ],
  drifts: [
    { by: "ip route delete 10.60.0.0/16", found: "gone" },
    {
      by: "ip route replace 10.60.0.0/16 via 192.168.60.7 protocol 201",
      found: { gateway: "192.168.60.7", onlink: false },
    },
  ],
  second: { refused: /a route to 10\.60\.0\.0\/16 .* belongs to lab\/route of life\/anna/ },
  foreign: {
    by: "ip route add 10.60.0.0/16 via 192.168.60.5",
    refused: /a route to 10\.60\.0\.0\/16 .* exists \(via 192\.168\.60\.5 dev b1\), and another program made it/,
  },
});

describeLife({
  kind: "Route",
  title: "of IPv6",
  given: bridge,
  args: { destination: "fd61::/48", gateway: "fd60::2", metric: 77, table: 1000 },
  look: "ip -Numeric -6 route show table all exact fd61::/48",
  there: /^fd61::\/48 via fd60::2 dev b1 table 1000 proto 201 metric 77 /,
  changes: [
    {
      args: { destination: "fd61::/48", gateway: "fe80::5", device: "b1", metric: 77, table: 1000 },
      there: /^fd61::\/48 via fe80::5 dev b1 table 1000 proto 201 metric 77 /,
    },
  ],
  drifts: [{ by: "ip -6 route flush table 1000", found: "gone" }],
  second: { refused: /belongs to lab\/route-of-ipv6 of life\/anna/ },
  foreign: {
    by: "ip -6 route add fd61::/48 via fd60::5 metric 77 table 1000 protocol 4",
    refused: /a route to fd61::\/48 .* exists \(via fd60::5 dev b1\), and another program made it/,
  },
});
