import assert from "node:assert/strict";
import fc from "fast-check";
import type { Origin } from "../../../../provider/kinds/public-bridge/backend";
import { networkBackend, networkBackendNames } from "../../../../provider/kinds/public-bridge/backends";

/** A setting that no table lists, anywhere in the configuration of the NIC. Every network backend refuses it with its line. */
describe("an unknown setting", () => {
  const files: Record<string, { path: string; lines: string[]; setting: (key: string) => string }> = {
    ifupdown: {
      path: "/etc/network/interfaces",
      lines: ["auto eth0", "iface eth0 inet static", "    address 192.0.2.10/24", "    gateway 192.0.2.1"],
      setting: (key) => `    ${key} 1`,
    },
    netplan: {
      path: "/etc/netplan/a.yaml",
      lines: ["network:", "  ethernets:", "    eth0:", "      dhcp4: true", "      mtu: 1400"],
      setting: (key) => `      ${key}: 1`,
    },
    networkd: {
      path: "/etc/systemd/network/a.network",
      lines: ["[Match]", "Name=eth0", "[Link]", "MTUBytes=1400", "[Network]", "DHCP=ipv4", "DNS=192.0.2.53"],
      setting: (key) => `${key}=1`,
    },
    NetworkManager: {
      path: "/etc/NetworkManager/system-connections/a.nmconnection",
      lines: [
        "[connection]",
        "type=ethernet",
        "[ethernet]",
        "mtu=1400",
        "[ipv4]",
        "method=auto",
        "[ipv6]",
        "method=auto",
      ],
      setting: (key) => `${key}=1`,
    },
    ifcfg: {
      path: "/etc/sysconfig/network-scripts/ifcfg-eth0",
      lines: ["TYPE=Ethernet", "BOOTPROTO=dhcp", "ONBOOT=yes"],
      setting: (key) => `${key}=1`,
    },
    wicked: {
      path: "/etc/sysconfig/network/ifcfg-eth0",
      lines: ["STARTMODE=auto", "BOOTPROTO=dhcp"],
      setting: (key) => `${key}=1`,
    },
  };
  /** The first line for the setting. Before it, the line is not about the NIC, or is not checked. */
  const first: Record<string, number> = {
    ifupdown: 2,
    netplan: 3,
    networkd: 3,
    NetworkManager: 1,
    ifcfg: 0,
    wicked: 0,
  };
  const ofObjects = fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty");
  const name = fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz_"), minLength: 9, maxLength: 14 });
  const key = fc.oneof({ weight: 1, arbitrary: ofObjects }, { weight: 4, arbitrary: name });

  it("is tried for each network backend", () => {
    assert.deepEqual(Object.keys(files).sort(), [...networkBackendNames].sort());
  });

  for (const [backend, { path, lines, setting }] of Object.entries(files))
    it(`is refused with its line number in a file of ${backend}`, () => {
      const obstacle = (content: string[]) =>
        networkBackend(backend).obstacle(originOf(backend, path, `${content.join("\n")}\n`));
      assert.equal(obstacle(lines), undefined);
      fc.assert(
        fc.property(key, fc.integer({ min: first[backend] ?? 0, max: lines.length }), (word, place) => {
          const reason = obstacle([...lines.slice(0, place), setting(word), ...lines.slice(place)]);
          assert.ok(reason?.startsWith(`${path}:${place + 1}: `) && reason.includes(`"${word}"`), reason);
        }),
      );
    });
});

function originOf(backend: string, path: string, content: string): Origin {
  return {
    ...{ backend, nic: "eth0", bridge: "br0", macAddress: "52:54:00:12:34:56", mtu: 1500, sources: [path] },
    ...{ acceptsAdvertisements: true, addresses: [], dynamic: [], ways: [], wayFromDhcp: false, cloudInit: false },
    files: { [path]: { content, mode: 0o644 } },
  };
}
