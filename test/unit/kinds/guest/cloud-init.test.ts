import assert from "node:assert/strict";
import { parse } from "yaml";
import { seedFiles } from "../../../../provider/kinds/guest/cloud-init";
import type { GuestWant } from "../../../../provider/kinds/guest/guest-args";
import { checked } from "../../support/given";

describe("the cloud-init seed", () => {
  const seed = (cloudInit: object) =>
    seedFiles(checked<GuestWant>("Guest", "lab/web", { cloudInit, nics: [{ user: {} }, { tap: "web" }] }), [
      "ssh-ed25519 AAAAhost",
    ]);

  it("is absent without cloudInit arguments", () => {
    assert.deepEqual(seedFiles(checked<GuestWant>("Guest", "lab/web", {}), []), {});
  });

  it("gives the static addresses to the first NIC on a tap, and DHCP to the others", () => {
    const network = { addresses: ["192.168.50.10/24"], gateway: "192.168.50.1", nameservers: ["10.0.2.3"] };
    const { eth0, eth1 } = parse(seed({ network })["network-config"] ?? "").ethernets;
    assert.equal(eth0.dhcp4, true);
    const { match: _mac, "set-name": name, ...given } = eth1;
    assert.equal(name, "eth1");
    const nameservers = { addresses: ["10.0.2.3"] };
    assert.deepEqual(given, { addresses: ["192.168.50.10/24"], gateway4: "192.168.50.1", nameservers });
  });

  it("sets a gateway of each family", () => {
    const network = { addresses: ["192.168.50.10/24", "fd50::10/64"], gateway: ["192.168.50.1", "fd50::1"] };
    const { eth1 } = parse(seed({ network })["network-config"] ?? "").ethernets;
    assert.deepEqual([eth1.gateway4, eth1.gateway6, eth1.routes], ["192.168.50.1", "fd50::1", undefined]);
  });

  it("sets an on-link route to a gateway outside the guest's networks, with a command when cloud-init does not support it", () => {
    const network = { addresses: ["203.0.113.7/32", "2001:db8::7/64"], gateway: ["198.51.100.1", "fe80::1"] };
    const files = seed({ network });
    const { eth1 } = parse(files["network-config"] ?? "").ethernets;
    assert.deepEqual(eth1.routes, [{ to: "0.0.0.0/0", via: "198.51.100.1", "on-link": true }]);
    assert.deepEqual([eth1.gateway4, eth1.gateway6], [undefined, "fe80::1"]);
    const commands = parse(files["vendor-data"] ?? "").bootcmd.map(([, , script]: string[]) => script);
    assert.deepEqual(commands, [
      "ip -4 route show default | grep -q . || ip -4 route add default via 198.51.100.1 dev eth1 onlink",
    ]);
  });

  it("writes the name servers to resolv.conf when no program in the guest does", () => {
    const network = { addresses: ["192.168.50.10/24"], nameservers: ["10.0.2.3", "fd99::53"] };
    const [[, , script]] = parse(seed({ network })["vendor-data"] ?? "").bootcmd;
    assert.match(script, /printf 'nameserver 10\.0\.2\.3\\nnameserver fd99::53\\n' >\/etc\/resolv\.conf$/);
    assert.equal("bootcmd" in parse(seed({})["vendor-data"] ?? ""), false);
  });

  it("authorizes the keys that may log in to the hypervisor, and the given keys", () => {
    const own = "ssh-ed25519 AAAAguest";
    const keys = parse(seed({ sshAuthorizedKeys: [own] })["meta-data"] ?? "")["public-keys"];
    assert.deepEqual(keys, ["ssh-ed25519 AAAAhost", own]);
  });

  it("leaves given user data and network configuration unchanged", () => {
    const files = seed({ userData: "#!/bin/sh\ntrue\n", networkConfig: "version: 1\n" });
    assert.deepEqual([files["user-data"], files["network-config"]], ["#!/bin/sh\ntrue\n", "version: 1\n"]);
  });
});
