import assert from "node:assert/strict";
import type { Origin } from "../../../../../provider/kinds/public-bridge/backend";
import { networkBackend } from "../../../../../provider/kinds/public-bridge/backends";

/** Each network backend has its own spellings for "ask a DHCP server". A wrong guess cuts the host off, or refuses it. */
describe("the detection of DHCP in a configuration", () => {
  const yes = ["true", "yes", "on", "y", "Yes", "TRUE", "On", "Y", '"yes"', "'on'"];
  const no = ["false", "no", "off", "n", "No", "FALSE", '"off"', "~"];
  const netplan = (text: string) => `network:\n  ethernets:\n    eth0:\n      dhcp4: ${text}\n`;
  const networkd = (text: string) => `[Match]\nName=eth0\n[Network]\nDHCP = ${text}\n`;
  const manager = (text: string) => `[connection]\ntype=ethernet\n[ipv4]\nmethod=manual\nmethod=${text}\n`;
  const cases: [string, string, (text: string) => string, string[], string[]][] = [
    ["netplan", "/etc/netplan/a.yaml", netplan, yes, no],
    [
      "networkd",
      "/etc/systemd/network/a.network",
      networkd,
      ["yes", "1", "on", "True", "t", "ipv4", "both"],
      ["no", "ipv6", "0"],
    ],
    [
      "NetworkManager",
      "/etc/NetworkManager/system-connections/a.nmconnection",
      manager,
      ["auto"],
      ["manual", "disabled"],
    ],
    [
      "ifupdown",
      "/etc/network/interfaces",
      (text) => `iface  eth0\tinet \\\n  ${text}\n`,
      ["dhcp"],
      ["static", "manual"],
    ],
    [
      "ifcfg",
      "/etc/sysconfig/network-scripts/ifcfg-eth0",
      (text) => `BOOTPROTO=${text}\n`,
      ["dhcp", '"dhcp" # as ever'],
      ["none"],
    ],
    [
      "wicked",
      "/etc/sysconfig/network/ifcfg-eth0",
      (text) => `BOOTPROTO='${text}'\n`,
      ["dhcp", "dhcp4", "dhcp4+dhcp6"],
      ["static"],
    ],
  ];
  for (const [backend, path, content, asking, others] of cases)
    it(`has the same result as in ${backend}`, () => {
      const asks = (text: string) => networkBackend(backend).asksDhcp(originOf(backend, path, content(text)));
      for (const text of asking) assert.equal(asks(text), true, text);
      for (const text of others) assert.equal(asks(text), false, text);
    });
});

function originOf(backend: string, path: string, content: string): Origin {
  return {
    ...{ backend, nic: "eth0", bridge: "br0", macAddress: "52:54:00:12:34:56", mtu: 1500, sources: [path] },
    ...{ acceptsAdvertisements: true, addresses: [], dynamic: [], ways: [], wayFromDhcp: false, cloudInit: false },
    files: { [path]: { content, mode: 0o644 } },
  };
}
