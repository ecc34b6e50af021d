import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import type { Hypervisor } from "../lab/hypervisor";
import { type Made, newOwner, type Owner } from "./owner";
import { type BridgeSite, openBridgeSite } from "./public-bridge-site";
import { needsRoot } from "./site";

/** Definitions with more than the NIC and its one address. Settings of other interfaces stay with them. */
describe("a PublicBridge over a NIC with a complex definition", () => {
  let site: BridgeSite;
  before(async function () {
    needsRoot(this);
    site = await openBridgeSite();
  });
  after(() => site?.stop());

  const args = { nic: "host0", confirmWithinSeconds: 60 };
  const addresses = (tower: Hypervisor) =>
    tower.exec("ip -brief -4 address show scope global | sed 's/@[^ ]*//; s/  */ /g; s/ $//'");
  const files = (tower: Hypervisor) =>
    tower.exec("find /etc/network /etc/netplan -type f -exec sha256sum {} \\; 2>/dev/null | sort");

  const restart = async (tower: Hypervisor) => {
    closeTransports();
    await tower.reboot();
  };

  describe("by ifupdown, with a label for a second address", () => {
    let tower: Hypervisor;
    let anna: Owner;
    let made: Made;
    let atFirst: string[];
    const state = async () => [
      await addresses(tower),
      await files(tower),
      await tower.exec("ip -4 address show host0 | grep inet"),
    ];

    before(async () => {
      tower = await site.tower("labelled", { variant: "ifupdown" });
      const second = `${tower.address.replace(/\d+$/, "200")}/24`;
      await tower.exec(`sed -i 's/^auto host0$/auto host0 host0:0/; s/^    gateway.*/&\\n    ethernet-wol g/' /etc/network/interfaces.d/host0
printf 'iface host0:0 inet static\\n    address ${second}\\n' >>/etc/network/interfaces.d/host0`);
      await restart(tower);
      atFirst = await state();
      assert.match(atFirst[2] ?? "", /host0:0/);
      anna = await newOwner("labelled", "life/anna");
    });

    for (const [title, wishes] of [
      ["takes over the second address", () => ({})],
      [
        "takes over both addresses when the arguments name them",
        () => ({ addresses: [`${tower.address}/24`, `${tower.address.replace(/\d+$/, "200")}/24`] }),
      ],
    ] as const)
      it(`${title}, also after a reboot, and restores the label`, async () => {
        made = await anna.make("PublicBridge", "lab/lan", { ...args, ...wishes() });
        const moved = (atFirst[0] ?? "").replace("host0", "br-host0").replaceAll(/\s+/g, " ");
        assert.equal((await addresses(tower)).replaceAll(/\s+/g, " "), moved);
        await restart(tower);
        assert.equal((await addresses(tower)).replaceAll(/\s+/g, " "), moved);
        assert.deepEqual((await anna.refresh(made))?.inputs, made.inputs);
        await anna.remove(made);
        assert.deepEqual(await state(), atFirst);
        await restart(tower);
        assert.deepEqual(await state(), atFirst);
      });
  });

  describe("by netplan, with a pattern that matches two NICs", () => {
    let tower: Hypervisor;
    let anna: Owner;
    let made: Made;
    const other = 'networkctl status host1 --json=short | sed \'s/.*"NetworkFile":"\\([^"]*\\)".*/\\1/\'';
    // When netplan applies its files, it configures every NIC again.
    const leased = () =>
      tower.exec("for i in $(seq 100); do ! ip -4 address show host1 | grep -q 203.0.113 || break; sleep 0.1; done");
    const ports = () => tower.exec("ls /sys/class/net/br-host0/brif; cat /sys/class/net/host1/operstate");

    before(async () => {
      tower = await site.tower("patterned", { variant: "netplan", dhcp: true });
      await tower.exec(`sed -i 's/^    host0:$/    all: {match: {name: "host*"}, dhcp4: yes}/; /^      dhcp4/d' /etc/netplan/50-host0.yaml
printf '[NetDev]\\nName=host1\\nKind=veth\\n[Peer]\\nName=peer1\\n' >/etc/systemd/network/host1.netdev
printf '[Match]\\nName=peer1\\n[Network]\\nAddress=203.0.113.1/24\\nDHCPServer=yes\\n' >/etc/systemd/network/peer1.network`);
      await restart(tower);
      await tower.exec(
        "for i in $(seq 100); do ! ip -4 address show host1 | grep -q 203.0.113 || break; sleep 0.1; done",
      );
      assert.match(await addresses(tower), /^host1 .* 203\.0\.113\./m);
      anna = await newOwner("patterned", "life/anna");
    });

    it("takes over one NIC, and the other NIC keeps its lease and its file", async () => {
      const [before, file] = [await addresses(tower), await tower.exec(other)];
      made = await anna.make("PublicBridge", "lab/lan", args);
      await leased();
      const kept = (text: string) =>
        text
          .split("\n")
          .filter((line) => /^(host1|peer1) /.test(line))
          .sort();
      assert.deepEqual(kept(await addresses(tower)), kept(before));
      assert.equal(await tower.exec(other), file);
      assert.equal(await ports(), "host0\nup");
      await restart(tower);
      assert.equal(await ports(), "host0\nup");
      assert.equal(await tower.exec(other), file);
      assert.deepEqual((await anna.refresh(made))?.inputs, made.inputs);
      await anna.remove(made);
      assert.match(await addresses(tower), new RegExp(`^host0 .*${tower.address}/`, "m"));
    });
  });

  describe("by networkd, with a pattern, drop-ins, and a script that names the NIC", () => {
    const folder = "/etc/systemd/network/50-lan.network.d";
    const script = "/etc/networkd-dispatcher/routable.d/firewall";
    let tower: Hypervisor;
    let anna: Owner;

    before(async () => {
      tower = await site.tower("dropped-in", { variant: "networkd" });
      await tower.exec(`mkdir -p ${folder} $(dirname ${script})
mv /etc/systemd/network/50-host0.network /etc/systemd/network/50-lan.network
sed -i 's/^Name=host0$/Name=en* host*\nType=ether/' /etc/systemd/network/50-lan.network
printf '[Network]\nDescription=one\nDNS=192.0.2.53\n' >${folder}/10-one.conf
printf '[Network]\nDescription=two\nDNS=192.0.2.54\n' >${folder}/20-two.conf
printf '#!/bin/sh\n[ "$IFACE" = host0 ] && true\n' >${script}`);
      await restart(tower);
      anna = await newOwner("dropped-in", "life/anna");
    });

    it("is refused while the script exists, and changes nothing", async () => {
      const before = await tower.exec("ls -lR /etc/systemd/network");
      await assert.rejects(
        anna.make("PublicBridge", "lab/lan", args),
        new RegExp(`${script}:2: this script names host0`),
      );
      assert.equal(await tower.exec("ls -lR /etc/systemd/network"), before);
      await tower.exec(`rm ${script}`);
    });

    it("takes over the settings of all files", async () => {
      const made = await anna.make("PublicBridge", "lab/lan", args);
      const dns = "resolvectl dns br-host0 | sed 's/.*: //'";
      assert.match(await tower.exec(dns), /^192\.0\.2\.53 192\.0\.2\.54\b/);
      await anna.remove(made);
      assert.match(await tower.exec(dns.replace("br-", "")), /^192\.0\.2\.53 192\.0\.2\.54\b/);
    });
  });

  describe("for a host address whose gateway is outside its network", () => {
    for (const variant of ["ifupdown", "networkd", "netplan", "networkManager"] as const)
      it(`is created with ${variant}, and survives a reboot`, async () => {
        const name = `alone-${variant}`.toLowerCase();
        const tower = await site.tower(name, { variant });
        const anna = await newOwner(name, "life/anna");
        const gateway = tower.address.replace(/\d+$/, "1");
        const made = await anna.make("PublicBridge", "lab/lan", {
          ...args,
          addresses: [`${tower.address}/32`],
          gateways: [gateway],
        });
        const found = async () => [
          await tower.exec("ip -brief -4 address show dev br-host0 | sed 's/.* UP *//; s/ .*//'"),
          await tower.exec("ip -4 route show default | sed 's/ proto.*//; s/ onlink.*//; s/ metric.*//'"),
        ];
        const wished = [`${tower.address}/32`, `default via ${gateway} dev br-host0`];
        assert.deepEqual(await found(), wished);
        await restart(tower);
        assert.deepEqual(await found(), wished);
        assert.deepEqual((await anna.refresh(made))?.inputs, made.inputs);
        await anna.remove(made);
        assert.match(await tower.exec("ip -brief -4 address show dev host0"), new RegExp(`${tower.address}/24`));
      });
  });
});
