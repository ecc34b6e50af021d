import assert from "node:assert/strict";
import { text } from "../../../../provider/core/shell";
import { networkBackend } from "../../../../provider/kinds/public-bridge/backends";
import { giveBack } from "../../../../provider/kinds/public-bridge/bridge-commands";
import { addressOf, expectedOf, holdsAll } from "../../../../provider/network-change/expected-state";

describe("the expected state of a device", () => {
  it("has addresses as ip prints them, for any spelling in the arguments", () => {
    assert.equal(addressOf({ cidr: "2001:DB8:0::10/64" }), "2001:db8::10");
    assert.equal(addressOf({ cidr: "192.0.2.10/24" }), "192.0.2.10");
  });

  it("has only addresses without an expiry, and the one that our connection uses", () => {
    const addresses = [
      { cidr: "192.0.2.10/24", dynamic: false },
      { cidr: "192.0.2.77/24", dynamic: true },
      { cidr: "2001:db8::77/64", dynamic: true },
    ];
    const byAdvertisement = {
      family: 6 as const,
      destination: "default",
      table: 254,
      metric: 1024,
      protocol: 9,
      onlink: false,
    };
    const expected = expectedOf("eth0", { addresses, routes: [byAdvertisement] }, "192.0.2.77");
    assert.deepEqual(expected, { device: "eth0", addresses: ["192.0.2.10", "192.0.2.77"], ways: [] });
  });
});

describe("a bridge that the network manager creates itself", () => {
  const names = { nic: "eth0", bridge: "br0", macAddress: "52:54:00:00:00:01" };
  for (const name of ["networkd", "netplan"] as const) {
    it(`is not created by our commands, neither before ${name} has read its files nor when a change was interrupted`, () => {
      const { formBridge, enterBridge } = networkBackend(name);
      const enter = `${formBridge && text(formBridge(names))}\n${text(enterBridge(names))}`;
      assert.doesNotMatch(enter, /undefined|ip link add/);
    });

    it(`does not wait for duplicate address detection with ${name}, and later interfaces use it again`, () => {
      const enter = text(networkBackend(name).enterBridge(names));
      assert.match(
        enter,
        /echo 0 >\/proc\/sys\/net\/ipv6\/conf\/default\/accept_dad[\s\S]*change\/accept_dad.default >/,
      );
    });
  }
});

describe("the commands that restore addresses without the network manager", () => {
  it("restore each address with its peer, its broadcast address and its label", () => {
    const addresses = [
      { cidr: "192.0.2.10/32", dynamic: false, peer: "192.0.2.1" },
      { cidr: "192.0.2.77/24", dynamic: false, broadcast: "192.0.2.255", label: "eth0:0" },
    ];
    const script = text(giveBack("eth0", { addresses, routes: [] }));
    assert.match(script, /^ip address replace 192\.0\.2\.10 peer 192\.0\.2\.1\/32 dev eth0$/m);
    assert.match(script, /^ip address replace 192\.0\.2\.77\/24 broadcast 192\.0\.2\.255 label eth0:0 dev eth0$/m);
  });
});

describe("the condition that a device has an address", () => {
  it("does not compare the text of ip, because ip prints an address with a peer differently", () => {
    const condition = text(holdsAll({ device: "br0", addresses: ["192.0.2.10"], ways: [] }));
    assert.match(condition, /ip -oneline address show dev br0 to 192\.0\.2\.10 2>\/dev\/null \| grep -q \./);
    assert.doesNotMatch(condition, /grep [^.]*192/);
  });
});
