import assert from "node:assert/strict";
import { testsBuildOnEachOther } from "../in-order";
import type { Hypervisor } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import { newOwner, type Owner, type Properties } from "./owner";
import { whatIsSaid } from "./said";
import { needsRoot, newTower } from "./site";

/** Several stacks and other programs on one host. Each keeps what it needs, and a conflict is an error or a warning. */
describe("two stacks on one hypervisor", function () {
  testsBuildOnEachOther();
  let tower: Hypervisor;
  let before: string;
  let anna: Owner;
  let ben: Owner;
  const print = (script: string) => tower.exec(script);
  const forwarding = () => print("cat /proc/sys/net/ipv4/ip_forward");

  this.beforeAll(async function () {
    needsRoot(this);
    tower = await newTower("neighbours");
    before = await tower.snapshot();
    anna = await newOwner(tower.name, "work/anna");
    ben = await newOwner(tower.name, "work/ben");
  });
  this.afterAll(() => tower?.stop());

  it("keep forwarding on while one of them needs it, also with different kinds", async () => {
    const hers = await anna.make("IpForwarding", "lab/forwarding", {});
    const his = await ben.make("Sysctl", "forward", { key: "net.ipv4.ip_forward", value: 1 });
    await anna.remove(hers);
    assert.equal(await forwarding(), "1");
    await ben.remove(his);
    assert.equal(await forwarding(), "0");
  });

  it("get an error that names the other stack when they want different values", async () => {
    const hers = await anna.make("IpForwarding", "lab/forwarding", {});
    const off = ben.make("Sysctl", "forward", { key: "net.ipv4.ip_forward", value: 0 });
    const text = `net/ipv4/ip_forward cannot be 0: lab/forwarding of work/anna (owner ${anna.uid}) keeps it at 1`;
    await assert.rejects(off, (error: Error) => error.message.includes(text));
    assert.equal(await forwarding(), "1");
    await anna.remove(hers);
    const his = await ben.make("Sysctl", "forward", { key: "net.ipv4.ip_forward", value: 0 });
    await assert.rejects(
      anna.make("IpForwarding", "lab/forwarding", {}),
      /cannot be 1: forward of work\/ben .* keeps it at 0/,
    );
    await ben.remove(his);
  });

  it("restore the original value, unless another program has changed the value since", async () => {
    const key = "/proc/sys/net/ipv4/conf/default/arp_announce";
    await print(`echo 2 >${key}`);
    const hers = await anna.make("Sysctl", "announce", { key: "net.ipv4.conf.default.arp_announce", value: 1 });
    await anna.remove(hers);
    assert.equal(await print(`cat ${key}`), "2");
    const again = await anna.make("Sysctl", "announce", { key: "net.ipv4.conf.default.arp_announce", value: 1 });
    await print(`echo 0 >${key}`);
    await anna.remove(again);
    assert.equal(await print(`cat ${key}`), "0");
  });

  it("create and delete objects without an error while the boot scripts run again and again", async () => {
    const keeper = await ben.make("Bridge", "lab/keeper", {});
    await print("systemd-run -q --unit=restless sh -c 'while :; do systemctl reload pulumi-kvm-boot; done'");
    for (let round = 0; round < 4; round++) {
      const lan = await anna.make("Bridge", "lab/lan", { mtu: 1400 });
      const made = await Promise.all([
        anna.make("Masquerade", "lab/nat", { outInterface: "host0" }),
        anna.make("FirewallRule", "lab/out", { chain: "forward", inInterface: "br0", action: "accept" }),
        anna.make("FirewallRule", "lab/back", { chain: "forward", outInterface: "br0", action: "accept" }),
        anna.update(lan, { mtu: 1300 }),
      ]);
      await Promise.all(made.map(anna.remove));
    }
    assert.match(await print("journalctl -q --no-pager -u pulumi-kvm-boot"), /Reloaded/, "it did run");
    await print("systemctl stop restless");
    assert.equal(await print("journalctl -q --no-pager -u pulumi-kvm-boot | grep -c failed || :"), "0");
    await ben.remove(keeper);
  });

  it("leave forwarding on for Docker, and print a message", async () => {
    await print("ip link add name docker0 type bridge");
    const hers = await anna.make("IpForwarding", "lab/forwarding", {});
    const said = await whatIsSaid(() => anna.remove(hers));
    assert.match(said, /IPv4 forwarding stays on, because Docker may need it.*net\/ipv4\/ip_forward = 0/);
    assert.equal(await forwarding(), "1");
    await print("ip link delete docker0; echo 0 >/proc/sys/net/ipv4/ip_forward");
  });

  it("get a warning about a file that overrides a kernel setting, and an error for an unknown setting or value", async () => {
    await print("echo 'net.ipv4.conf.default.arp_announce = 2' >/etc/sysctl.d/99-x.conf");
    const set = (key: string, value: string) => anna.make("Sysctl", "announce", { key, value });
    const said = await whatIsSaid(async () => anna.remove(await set("net.ipv4.conf.default.arp_announce", "1")));
    assert.match(said, /\/etc\/sysctl\.d\/99-x\.conf sets it to 2 whenever "sysctl --system" runs/);
    await print("rm /etc/sysctl.d/99-x.conf");
    await assert.rejects(
      set("net.ipv4.conf.eth7.rp_filter", "1"),
      /Check that the interface eth7 exists, and make the resource depend on it/,
    );
    await assert.rejects(set("net.ipv4.no_such_thing", "1"), /the kernel does not have net\/ipv4\/no_such_thing/);
    await assert.rejects(set("net.ipv4.route.flush", "1"), /can only be written/);
    const wrong = set("net.ipv4.conf.default.arp_announce", "much");
    await assert.rejects(wrong, /the kernel does not take much for net\/ipv4\/conf\/default\/arp_announce/);
    await assert.rejects(set("net.ipv4/../../x", "1"), /invalid key/);
  });

  it("share chains, with their rules in the requested order", async () => {
    const rules = (owner: Owner, order: number) =>
      ["a", "b", "c"].map((name) =>
        owner.make("FirewallRule", name, { ...accept, inInterface: `${name}${order}`, order }),
      );
    const made = await Promise.all([...rules(anna, 20), ...rules(ben, 10)]);
    const chain = await print("iptables -S PULUMI-KVM-FORWARD | grep -o ' -i [^ ]*' | tr -d '\\n'");
    assert.equal(chain, " -i a10 -i b10 -i c10 -i a20 -i b20 -i c20");
    for (const one of made.slice(0, 3)) await anna.remove(one);
    assert.equal(await print("iptables -S PULUMI-KVM-FORWARD | grep -c ' -i '"), "3");
    for (const one of made.slice(3)) await ben.remove(one);
    assert.equal(await print("iptables-save | grep -c PULUMI || :"), "0");
  });

  it("keep a rule when the host refuses its change", async () => {
    const rule = await anna.make("FirewallRule", "rule", { ...accept, inInterface: "good0" });
    await print(refusing);
    const change = anna.update(rule, { ...accept, inInterface: "bad0" });
    await assert.rejects(change, /put the rules in place failed .*bad0 is refused/s);
    const his = await ben.make("FirewallRule", "his", { ...accept, inInterface: "good1" });
    assert.match(await print("iptables -S PULUMI-KVM-FORWARD"), /-i good1 .*-i good0 /s);
    await print("rm /usr/local/sbin/iptables-restore");
    await anna.remove(rule);
    await ben.remove(his);
  });

  it("have their accept rules before Docker's drop, or get a warning", async () => {
    await print(docker);
    const said = await whatIsSaid(async () => {
      const rule = await anna.make("FirewallRule", "rule", { ...accept, inInterface: "br0" });
      assert.match(
        await print("iptables -S DOCKER-USER"),
        /-A DOCKER-USER -j PULUMI-KVM-FORWARD\n-A DOCKER-USER -j RETURN/,
      );
      await anna.remove(rule);
    });
    assert.equal(said, "");
    assert.doesNotMatch(await print("iptables -S"), /PULUMI/);
    const inVain = { ...accept, inInterface: "br0", backend: "nftables" };
    const warned = await whatIsSaid(async () => anna.remove(await anna.make("FirewallRule", "vain", inVain)));
    assert.match(warned, /still dropped by: the policy DROP of iptables filter FORWARD \(Docker\).*DOCKER-USER -i br0/);
    await print(noDocker);
  });

  it("get a warning when another table drops packets that they accept", async () => {
    await print(
      "nft add table inet fw; nft 'add chain inet fw forward { type filter hook forward priority 0; policy drop; }'",
    );
    const forward = { protocol: "tcp", listenPort: 8080, to: "192.168.50.10" };
    const said = await whatIsSaid(async () => {
      await anna.remove(await anna.make("FirewallRule", "rule", { ...accept, inInterface: "br0" }));
      await anna.remove(await anna.make("PortForward", "http", forward));
    });
    assert.match(
      said,
      /FirewallRule rule on neighbours: .* the policy DROP of nft inet fw forward\. Allow it in nft inet fw forward/,
    );
    assert.match(said, /PortForward http on neighbours: the forwarded packets are still dropped by: .* of nft inet fw/);
    await print("nft delete table inet fw");
  });

  it("are refused a port that another rule already forwards", async () => {
    await print("iptables -t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80");
    const forward = anna.make("PortForward", "http", { protocol: "tcp", listenPort: 8080, to: "192.168.50.10" });
    await assert.rejects(forward, /tcp port 8080 is forwarded already: -A PREROUTING .*172\.17\.0\.2:80/);
    await print("iptables -t nat -F PREROUTING");
  });

  it("leave nothing", async () => {
    await anna.leave();
    await ben.leave();
    assert.deepEqual(difference(before, await tower.snapshot()), []);
  });
});

const accept: Properties = { chain: "forward", action: "accept", family: "ipv4" };

const refusing = `cat >/usr/local/sbin/iptables-restore <<'END'
#!/bin/sh
input=$(cat)
case "$input" in *bad0*) echo "bad0 is refused" >&2; exit 2 ;; esac
printf '%s\\n' "$input" | /usr/sbin/iptables-restore "$@"
END
chmod 755 /usr/local/sbin/iptables-restore`;

const docker = `iptables -N DOCKER-USER
iptables -A DOCKER-USER -j RETURN
iptables -N DOCKER
iptables -A FORWARD -j DOCKER-USER
iptables -A FORWARD -o docker0 -j DOCKER
iptables -P FORWARD DROP`;

const noDocker = "iptables -P FORWARD ACCEPT; iptables -F; iptables -X";
