import assert from "node:assert/strict";
import { lines, sh, text } from "../../provider/core/shell";
import { networkBackend } from "../../provider/kinds/public-bridge/backends";
import type { Expected } from "../../provider/network-change/expected-state";
import { type Swap, stageFiles, unstageFiles } from "../../provider/network-change/file-swap";
import { rehearse } from "../../provider/network-change/rehearsal";
import type { Hypervisor } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import { newOwner } from "./owner";
import { needsRoot, newTower } from "./site";

/**
 * The files of a bridge br0 with the port host0, for each network manager. ifupdown's commands try to leave traces on the host.
 */
const files = {
  ifupdown: (address: string, gateway: string) => ({
    "/etc/network/interfaces.d/host0": `auto br0
iface host0 inet manual
iface br0 inet static
    address ${address}/24
    gateway ${gateway}
    pre-up ip link add name br0 type bridge stp_state 0
    pre-up ip link set dev host0 master br0 up
    pre-up touch /root/left /var/lib/left || true; sysctl -w vm.swappiness=11 || true; ip link add name left type bridge
`,
  }),
  networkd: (address: string, gateway: string) => ({
    "/etc/systemd/network/00-a.netdev": "[NetDev]\nName=br0\nKind=bridge\n",
    "/etc/systemd/network/00-b.network": "[Match]\nName=host0\n\n[Network]\nBridge=br0\n",
    "/etc/systemd/network/00-c.network": `[Match]\nName=br0\n\n[Network]\nAddress=${address}/24\nGateway=${gateway}\n`,
  }),
  netplan: (address: string, gateway: string) => ({
    "/etc/netplan/50-host0.yaml": `network:
  version: 2
  ethernets: {host0: {dhcp4: false}}
  bridges:
    br0: {interfaces: [host0], addresses: [${address}/24], routes: [{to: default, via: ${gateway}}]}
`,
  }),
};

/** Everything that a rehearsal could change. */
const look = `ip -brief -4 address; ip -4 route; ip -6 route | sed 's/ expires [0-9]*sec//'; sysctl -n vm.swappiness
ls -A /root /var/lib /run/network /run/systemd/network /run/systemd/netif/links 2>/dev/null
pgrep -c systemd-network; find /etc -xdev -type f -exec sha256sum {} + | sort`;

describe("a rehearsal of the next boot", () => {
  for (const variant of ["ifupdown", "networkd", "netplan"] as const) {
    describe(`with ${variant}`, () => {
      let tower: Hypervisor;
      let untouched: string;
      let gateway: string;
      before(async function () {
        needsRoot(this);
        tower = await newTower(`rehearsal-${variant}`.toLowerCase(), { variant });
        gateway = tower.address.replace(/\d+$/, "1");
        untouched = await tower.exec(look);
      });
      after(() => tower?.stop());

      const play = (content: Record<string, string>, wish: Partial<Expected> = {}, has = tower.address) => {
        const swaps: Swap[] = Object.entries(content).map(([path, content]) => ({
          path,
          to: { content, mode: 0o644 },
        }));
        const wished: Expected = { device: "br0", addresses: [tower.address], ways: [4], port: "host0", ...wish };
        const now: Expected = { device: "host0", addresses: [has], ways: [4] };
        const script = lines(
          sh`trap ${text(lines(unstageFiles(swaps), sh`rm -rf /root/staging`))} EXIT; mkdir /root/staging`,
          stageFiles(swaps),
          rehearse("/root/staging", swaps, { start: networkBackend(variant).rehearse, wished, now }),
          sh`if [ -e /root/staging/rehearsed ]; then echo well; else echo "cannot say"; fi`,
        );
        // As over SSH, where only root can read what a script writes.
        return tower.exec(`( umask 077; set -eu\n${text(script)}\n)`).then(
          (said) => said.trim(),
          (error: Error) => error.message.slice(error.message.lastIndexOf("a rehearsal")),
        );
      };

      it("succeeds with correct files, and changes nothing on the host", async () => {
        assert.equal(await play(files[variant](tower.address, gateway)), "well");
        assert.equal(await tower.exec(look), untouched);
      });

      it("fails when an address is missing, and prints the addresses of the bridge", async () => {
        const said = await play(files[variant](tower.address, gateway), { addresses: [tower.address, "198.18.250.9"] });
        assert.match(said, /br0 did not get [0-9.]+, 198\.18\.250\.9, a default route of IPv4, with host0 as its port/);
        assert.match(said, new RegExp(`br0 .* ${tower.address}/24`));
      });

      it("is ignored when it cannot start the current network either", async () => {
        const wish = { addresses: [tower.address, "198.18.250.9"] };
        assert.equal(await play(files[variant](tower.address, gateway), wish, "198.18.250.10"), "cannot say");
      });
    });
  }

  it("refuses a change that would fail at the next boot: another stanza gives the port an address", async () => {
    const tower = await newTower("rehearsal-labels", { variant: "ifupdown" });
    const more = "198.18.250.7/24";
    // The command is in a script, which the provider does not read. It would refuse a stanza that names the NIC.
    await tower.exec(`echo 'ip address replace ${more} dev host0 label host0:0' >/root/more`);
    const label = "auto label\niface label inet manual\n    up sh /root/more\n";
    await tower.exec("cat >/etc/network/interfaces.d/label; ifup label", { input: label });
    const anna = await newOwner(tower.name, "life/anna");
    const args = { nic: "host0", confirmWithinSeconds: 30, addresses: [`${tower.address}/24`, more] };
    const before = await tower.snapshot();
    await assert.rejects(
      anna.make("PublicBridge", "lab/lan", args),
      /Unable to create PublicBridge lab\/lan on rehearsal-labels: the network change did not begin, and nothing was changed: a rehearsal of the next boot/,
    );
    const records = /\/var\/lib\/pulumi-kvm|\/run\/pulumi-kvm\.lock/;
    assert.deepEqual(
      difference(before, await tower.snapshot()).filter((line) => !records.test(line)),
      [],
    );
    // The counter-check: without that stanza it succeeds.
    await tower.exec("ifdown label; ip address del 198.18.250.7/24 dev host0 || :; rm /etc/network/interfaces.d/label");
    await anna.remove(await anna.make("PublicBridge", "lab/lan", args));
    await tower.stop();
  });
});
