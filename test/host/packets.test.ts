import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import { testsBuildOnEachOther } from "../in-order";
import type { Hypervisor } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import { type Made, newOwner, type Owner, type Properties } from "./owner";
import { needsRoot, newTower, theLab } from "./site";

/**
 * Forwarding, NAT and rules with real packets, between a machine behind the host and one outside, in both directions.
 */
for (const backend of ["iptables", "nftables"] as const) {
  describe(`a hypervisor that routes packets with ${backend}`, function () {
    testsBuildOnEachOther();
    let tower: Hypervisor;
    let before: string;
    let anna: Owner;
    let outside: string;
    const made: Made[] = [];
    const make = async (kind: string, path: string, args: Properties) => {
      const one = await anna.make(kind, path, args);
      made.unshift(one);
      return one;
    };
    const drop = async (one: Made) => {
      made.splice(made.indexOf(one), 1);
      await anna.remove(one);
    };
    const fetched = () => tower.exec(`ip netns exec web curl -sS -m 2 ${outside} 2>&1 || :`);
    const served = async (port: number) => {
      const answer = await fetch(`http://${tower.address}:${port}/`, { signal: AbortSignal.timeout(2000) });
      return answer.text();
    };

    this.beforeAll(async function () {
      needsRoot(this);
      tower = await newTower(`packets-${backend}`);
      outside = (await theLab()).outside.url;
      await tower.exec("systemctl enable --quiet --now nftables; ip netns add web; ip netns delete web");
      before = await tower.snapshot();
      await tower.exec(webServer);
      anna = await newOwner(tower.name, "packets/anna");
      await make("Bridge", "lan", { name: "lan", addresses: ["192.168.50.1/24"] });
      await tower.exec("ip link set dev web0 master lan up");
    });
    this.afterAll(() => tower?.stop());

    it("masquerades packets of the network behind it, after forwarding is on", async () => {
      assert.match(await fetched(), /timed out/);
      await make("IpForwarding", "forwarding", {});
      assert.match(await fetched(), /timed out/);
      await make("Masquerade", "nat", { source: "192.168.50.0/24", outInterface: "host0", backend });
      assert.equal(await fetched(), `outside sees ${tower.address}`);
    });

    it("does not masquerade packets inside the network, also when bridged frames are filtered", async () => {
      await tower.exec(`${nextDoor}; echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables`);
      const visit = () => tower.exec("ip netns exec next curl -sS -m 2 http://192.168.50.10/ 2>&1 || :");
      const all = await make("Masquerade", "all", { source: "192.168.50.0/24", backend });
      assert.equal(await visit(), "web sees 192.168.50.20");
      await tower.exec("iptables -t nat -A POSTROUTING -s 192.168.50.0/24 -j MASQUERADE");
      assert.equal(await visit(), "web sees 192.168.50.1");
      await tower.exec("iptables -t nat -D POSTROUTING -s 192.168.50.0/24 -j MASQUERADE; ip netns delete next");
      await drop(all);
    });

    it("forwards a port to a machine behind it, but refuses the port of a program on the host", async () => {
      await assert.rejects(served(8080));
      await make("PortForward", "http", { protocol: "tcp", listenPort: 8080, to: "192.168.50.10:80", backend });
      assert.match(await served(8080), /^web sees 198\.18\./);
      const ssh = { protocol: "tcp", listenPort: 22, to: "192.168.50.10:80", backend };
      await assert.rejects(anna.make("PortForward", "ssh", ssh), /a program on the host listens on tcp port 22/);
    });

    it("does not redirect packets that it only forwards", async () => {
      // The outside server has port 80 too. A packet that is not for the host itself must not be redirected.
      const own = await make("PortForward", "own", {
        protocol: "tcp",
        listenPort: 80,
        to: "192.168.50.10:80",
        backend,
      });
      assert.equal(await fetched(), `outside sees ${tower.address}`);
      assert.match(await served(80), /^web sees/);
      await drop(own);
    });

    it("drops packets by a rule, except those that an earlier rule accepts", async () => {
      const match = { chain: "forward", source: "192.168.50.0/24", protocol: "tcp", destinationPorts: [80], backend };
      const not = await make("FirewallRule", "not", { ...match, action: "drop" });
      assert.match(await fetched(), /timed out/);
      const but = await make("FirewallRule", "but", { ...match, action: "accept" });
      assert.match(await fetched(), /outside sees/);
      const late = await anna.update(but, { ...match, action: "accept", order: 601 });
      assert.match(await fetched(), /timed out/);
      await drop(not);
      made.splice(made.indexOf(but), 1, late);
      const no = await make("FirewallRule", "no", { ...match, action: "reject", order: 1 });
      assert.match(await fetched(), /[Cc]ould(n't| not) connect|refused|[Uu]nreachable/);
      await drop(no);
    });

    it("routes packets in the same way after a reboot", async () => {
      await tower.reboot();
      closeTransports();
      await tower.exec(`${webServer}\nip link set dev web0 master lan up`);
      assert.equal(await fetched(), `outside sees ${tower.address}`);
      assert.match(await served(8080), /^web sees/);
    });

    it("routes packets in the same way after the host's own rules are loaded again", async () => {
      await tower.exec("systemctl restart nftables");
      await tower.exec('while [ -n "$(systemctl list-jobs --no-legend pulumi-kvm-boot-again)" ]; do sleep 0.1; done');
      assert.equal(await fetched(), `outside sees ${tower.address}`);
      await tower.exec("systemctl reload nftables");
      await tower.exec(
        "for i in $(seq 50); do ip netns exec web curl -sS -m 1 $0 && break || sleep 0.1; done".replace("$0", outside),
      );
      assert.match(await served(8080), /^web sees/);
    });

    it("has no object of pulumi-kvm after all resources are deleted", async () => {
      for (const one of made) await anna.remove(one);
      await anna.leave();
      await tower.exec("ip netns pids web | xargs kill; ip netns delete web; ip link delete web0 2>/dev/null || :");
      assert.deepEqual(difference(before, await tower.snapshot()), []);
    });
  });
}

/** A second machine on the same bridge. */
const nextDoor = `ip netns add next
ip link add name next0 type veth peer name eth0 netns next
ip link set dev next0 master lan up
ip -netns next address add 192.168.50.20/24 dev eth0
ip -netns next link set dev eth0 up`;

/** A machine behind the host: a network namespace with a web server. Its port web0 joins a bridge later. */
const webServer = `ip netns add web
ip link add name web0 address 02:00:00:00:00:aa type veth peer name eth0 address 02:00:00:00:00:bb netns web
ip -netns web address add 192.168.50.10/24 dev eth0
ip -netns web link set dev eth0 up
ip -netns web route add default via 192.168.50.1
ip netns exec web setsid perl -MIO::Socket::INET -e '
  $server = IO::Socket::INET->new(Listen => 5, LocalPort => 80, ReuseAddr => 1) or die;
  while ($client = $server->accept) {
    while (<$client>) { last if /^\\r?$/ }
    $answer = "web sees " . $client->peerhost . "\\n";
    print $client "HTTP/1.0 200 OK\\r\\nContent-Length: " . length($answer) . "\\r\\n\\r\\n$answer";
    close $client;
  }' </dev/null >/dev/null 2>&1 &
until ip netns exec web ss -Hlnt | grep -q :80; do sleep 0.1; done`;
