import assert from "node:assert/strict";
import fc from "fast-check";
import type { Origin } from "../../../../../provider/kinds/public-bridge/backend";
import { commandOnBridge } from "../../../../../provider/kinds/public-bridge/backends/ifupdown/commands";
import { ifupdown } from "../../../../../provider/kinds/public-bridge/backends/ifupdown/ifupdown";
import { sourcesOf } from "../../../../../provider/kinds/public-bridge/backends/ifupdown/sources";

/** Random files for interfaces(5), with known and unknown options. */

const path = "/etc/network/interfaces";

interface Block {
  lines: string[];
  /** The block is about the NIC. In all other blocks every byte must stay. */
  isOwn: boolean;
  isKnown: boolean;
}

const known = [
  "address 192.0.2.10/24",
  "netmask 255.255.255.255",
  "pointopoint 192.0.2.1",
  "gateway 192.0.2.1",
  "dns-nameservers 192.0.2.53",
  "up ip route add 198.51.100.0/24 via 192.0.2.9 dev eth0",
  "post-up iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE",
  "pre-up ethtool -K $IFACE gro off",
  "hwaddress ether 52:54:00:12:34:56",
  "ethernet-wol g",
  "mtu 1400",
  "up \\\n        /usr/local/sbin/tell",
];
const unknown = [
  "bond-slaves eno1 eno2",
  "bridge_ports eth7",
  "wpa-ssid office",
  "__proto__ x",
  "toString x",
  "hwaddress random",
  "up tc qdisc add dev eth0 root fq",
  "up sh -c 'ip addr add 192.0.2.7/24 dev eth0'",
  "up my-script eth0",
];

const spaces = fc.constantFrom("    ", "\t", "", "  ");
const option = (texts: string[]) => fc.tuple(spaces, fc.constantFrom(...texts)).map(([space, text]) => space + text);

const own: fc.Arbitrary<Block> = fc
  .tuple(
    fc.constantFrom("inet static", "inet dhcp", "inet manual", "inet6 static", "inet6 auto", "inet6 dhcp"),
    fc.array(option(known), { maxLength: 5 }),
    fc.option(option(unknown), { freq: 8 }),
    fc.nat({ max: 5 }),
  )
  .map(([method, options, strange, at]) => ({
    lines: [
      `iface eth0 ${method}`,
      ...options.slice(0, at),
      ...(strange === null ? [] : [strange]),
      ...options.slice(at),
    ],
    isOwn: true,
    isKnown: strange === null,
  }));

const others: fc.Arbitrary<Block> = fc
  .constantFrom<string[][]>(
    ["# a comment that ends in a backslash \\"],
    [""],
    ["iface   eth1 inet static   inherits base", "\taddress 198.51.100.2/24", "", "    # indented", "  mtu 1400"],
    ["iface base inet static", "    mtu 9000"],
    ["auto   lo  eth1"],
    ["iface lo inet loopback"],
    ["iface eth01 inet dhcp", "    up ip route add 203.0.113.0/24 \\", "        via 198.51.100.1 dev eth01"],
    ["allow-hotplug eth1", "iface eth1 inet6 auto"],
    ["mapping wlan*", "    script /bin/map", "    map HOME home"],
  )
  .map((lines) => ({ lines, isOwn: false, isKnown: true }));

const naming: fc.Arbitrary<Block> = fc
  .constantFrom<string[][]>(
    ["iface wg0 inet manual", "    up iptables -A FORWARD -o eth0 -j ACCEPT"],
    ["iface eth0.7 inet dhcp"],
    ["iface eth2 inet static inherits eth0", "    address 198.51.100.3/24"],
    ["mapping eth?", "    script /bin/map"],
    ["auto /eth*"],
    ["rename mac/52:54:00:12:34:56=eth0"],
    ["iface br7 inet manual", "    bridge-ports eth0 eth1"],
  )
  .map((lines) => ({ lines, isOwn: false, isKnown: false }));

const files = fc
  .array(fc.oneof({ weight: 6, arbitrary: own }, { weight: 12, arbitrary: others }, { weight: 1, arbitrary: naming }), {
    minLength: 1,
    maxLength: 8,
  })
  // An option without the head of a stanza belongs to the stanza before it.
  .map((blocks) => [{ lines: ["auto eth0"], isOwn: true, isKnown: true }, ...blocks, { ...stanza }]);

const stanza: Block = { lines: ["iface eth0 inet manual"], isOwn: true, isKnown: true };

function originOf(content: string): Origin {
  return {
    ...{ backend: "ifupdown", nic: "eth0", bridge: "br0", macAddress: "52:54:00:12:34:56", mtu: 1500, sources: [path] },
    ...{ acceptsAdvertisements: true, addresses: [], dynamic: [], ways: [4], wayFromDhcp: false, cloudInit: false },
    files: { [path]: { content, mode: 0o644 } },
  };
}

describe("the files of ifupdown", () => {
  it("keep every byte of other interfaces and every option of the NIC, or are refused with a line number", () => {
    fc.assert(
      fc.property(files, (blocks) => {
        const content = `${blocks.flatMap(({ lines }) => lines).join("\n")}\n`;
        const origin = originOf(content);
        const reason = ifupdown.obstacle(origin);
        assert.equal(
          reason === undefined,
          blocks.every(({ isKnown }) => isKnown),
          `${reason}\n${content}`,
        );
        if (reason !== undefined) return assert.match(reason, /^\/etc\/network\/interfaces:[1-9]\d*: /);
        const after = ifupdown.render(origin, {})[path]?.content ?? "";
        const kept = blocks.filter(({ isOwn }) => !isOwn).flatMap(({ lines }) => lines);
        assert.equal(after.slice(0, kept.join("\n").length), kept.join("\n"));
        const options = blocks.filter(({ isOwn }) => isOwn).flatMap(({ lines }) => lines.slice(1));
        for (const option of options) assert.ok(after.includes(accountedFor(option)), `${option} is lost:\n${after}`);
      }),
      { numRuns: 500 },
    );
  });

  it("are the same files that ifupdown reads", () => {
    const file = (content: string) => ({ content, mode: 0o644 });
    const found = sourcesOf({
      [path]: file("source interfaces.d/*.cfg\nsource-directory /etc/network/more\n"),
      "/etc/network/interfaces.d/b.cfg": file(""),
      "/etc/network/interfaces.d/a.cfg": file("source ../interfaces\nsource /opt/[a-c]?t/*"),
      "/etc/network/interfaces.d/a.cfg.bak": file("auto eth0"),
      "/etc/network/interfaces.d/.a.cfg": file("auto eth0"),
      "/etc/network/more/one": file(""),
      "/etc/network/more/one.dpkg-old": file("auto eth0"),
      "/etc/network/more/below/it": file("auto eth0"),
      "/opt/net/lan": file("auto eth0"),
      "/opt/bit/lan": file(""),
    });
    const all = [path, "interfaces.d/a.cfg", "/opt/bit/lan", "interfaces.d/b.cfg", "more/one"];
    assert.deepEqual(
      found.filter((one) => !one.includes("..")),
      all.map((one) => (one.startsWith("/") ? one : `/etc/network/${one}`)),
    );
  });
});

describe("a command in a stanza", () => {
  const names = { nic: "eth0", bridge: "br0" };
  const braced = `$${"{IFACE}"}`;
  const cases: [string, string | undefined][] = [
    ["up route add default gw 192.0.2.1 eth0", "up route add default gw 192.0.2.1 br0"],
    ['up ip route add 10.0.0.0/8 dev "$IFACE"', 'up ip route add 10.0.0.0/8 dev "$IFACE"'],
    [
      "up ip r add 10.0.0.0/8 dev eth0; ip r add 10.1.0.0/16 dev eth0",
      "up ip r add 10.0.0.0/8 dev br0; ip r add 10.1.0.0/16 dev br0",
    ],
    [`up ip link set ${braced} mtu 1400`, `up ip link set ${braced} mtu 1400`],
    ["up ip link set eth0 address 02:00:00:00:00:01", undefined],
    ["up ip link add link eth0 name eth0.5 type vlan id 5", undefined],
    ["up ip addr add 192.0.2.7/24 dev eth0 label eth0:a", "up ip addr add 192.0.2.7/24 dev br0 label br0:a"],
    ["up ip addr add 192.0.2.7/24 dev eth0 label eth0:much-too-long", undefined],
    ["up ip addr add 192.0.2.7/24 dev eth01", "up ip addr add 192.0.2.7/24 dev eth01"],
    [`up ethtool -G ${braced} rx 4096 2>/dev/null || true`, "up ethtool -G eth0 rx 4096 2>/dev/null || true"],
    ["up ifup eth0:1", undefined],
    ["up logger $LOGICAL is up", undefined],
    ["up echo eth0 >>/proc/sys/net/ipv4/conf/eth0/log_martians", undefined],
  ];
  for (const [line, expected] of cases)
    it(`${expected === undefined ? "is refused" : "is rewritten for the bridge"}: ${line}`, () =>
      assert.equal(commandOnBridge(line, names), expected));
});

/** The option as it must appear for the bridge, on one line. */
function accountedFor(option: string): string {
  const text = option.trim().replaceAll(/ \\\n\s*/g, "          ");
  return text.replaceAll(/(dev|-o) eth0/g, "$1 br0").replace("-K $IFACE", "-K eth0");
}
