import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import { testsBuildOnEachOther } from "../in-order";
import type { Hypervisor } from "../lab/hypervisor";
import { type Made, newOwner, type Owner } from "./owner";
import { needsRoot, newMachine, theLab } from "./site";

/** What a container cannot show: modules that are loaded, and others who own the packet filter and change it as they do. */
describe("a hypervisor with a kernel of its own", function () {
  this.timeout("25m");
  testsBuildOnEachOther();
  const keys = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"];
  let machine: Hypervisor;
  let anna: Owner;
  const made: Made[] = [];
  const make = async (kind: string, name: string, args: Record<string, unknown>) => {
    made.push(await anna.make(kind, `lab/${name}`, args));
  };
  const areAsWished = async () => {
    for (const one of made) assert.deepEqual((await anna.refresh(one))?.inputs, one.inputs);
  };
  const values = () => machine.exec(`cd /proc/sys/net/bridge; echo $(cat ${keys.join(" ")})`);

  before(async function () {
    needsRoot(this);
    machine = await newMachine("own-kernel");
    anna = await newOwner(machine.name, "life/anna");
  });
  after(() => machine?.stop());

  it("has the module loaded that a Sysctl needs", async () => {
    assert.equal(await machine.exec("lsmod | grep -c ^br_netfilter || :"), "0");
    for (const key of keys) await make("Sysctl", key, { key: `net.bridge.${key}`, value: 0, module: "br_netfilter" });
    assert.equal(await machine.exec("lsmod | grep -c ^br_netfilter"), "1");
    assert.equal(await values(), "0 0");
    await areAsWished();
  });

  it("has it loaded at the next boot too, with no run of ours", async () => {
    await machine.reboot();
    closeTransports();
    assert.equal(await machine.exec("lsmod | grep -c ^br_netfilter"), "1");
    assert.equal(await values(), "0 0");
    await areAsWished();
  });

  it("lets guests on a bridge hear each other beside Docker, also when Docker starts again", async () => {
    await machine.exec(neighbours);
    await machine.exec("systemctl start docker");
    assert.match(await machine.exec("iptables -S FORWARD"), /^-P FORWARD DROP$/m);
    assert.equal(await machine.exec(heard), "heard");
    await machine.exec("systemctl restart docker");
    assert.equal(await machine.exec(heard), "heard");
    assert.equal(await values(), "0 0");
    await areAsWished();
  });

  const connects = async () => {
    const { outside } = await theLab();
    const before = outside.requests.length;
    await machine.exec(`ip netns exec n2 curl -sf -m 30 ${outside.url}out`);
    assert.equal(outside.requests.slice(before).find(({ path }) => path === "/out")?.from, machine.address);
    const answer = await fetch(`http://${machine.address}:8080/`, { signal: AbortSignal.timeout(30_000) });
    assert.equal(await answer.text(), "guest\n");
  };

  it("has a guest reach out and be reached beside Docker and its containers, also when Docker starts again", async () => {
    await make("IpForwarding", "forwarding", {});
    await make("Masquerade", "nat", { source: "192.0.2.0/24", outInterface: "host0" });
    await make("FirewallRule", "out", { chain: "forward", source: "192.0.2.0/24", action: "accept" });
    await make("FirewallRule", "back", { chain: "forward", destination: "192.0.2.0/24", action: "accept" });
    await make("PortForward", "web", { protocol: "tcp", listenPort: 8080, to: "192.0.2.2:80" });
    await connects();
    await machine.exec(container);
    const published = async () =>
      (await fetch(`http://${machine.address}:8081/`, { signal: AbortSignal.timeout(30_000) })).text();
    assert.equal(await published(), "container\n");
    await machine.exec("systemctl restart docker");
    assert.equal(await published(), "container\n");
    await connects();
    await areAsWished();
  });

  it("has a guest reach out and be reached with ufw, also when ufw loads its rules again", async () => {
    await machine.exec("docker rm -f box; systemctl stop docker docker.socket");
    await machine.exec("ufw allow 22/tcp; ufw --force enable");
    await connects();
    await machine.exec("ufw reload");
    await connects();
    await areAsWished();
    await machine.exec("ufw --force disable");
  });

  it("loses nothing of ours when firewalld loads its rules again", async () => {
    await machine.exec("systemctl start firewalld");
    await machine.exec("firewall-cmd --reload");
    await areAsWished();
    await machine.exec("systemctl restart firewalld");
    await areAsWished();
    await machine.exec("systemctl stop firewalld");
  });

  it("has nothing of ours when all are out", async () => {
    for (const one of made.reverse()) await anna.remove(one);
    await anna.leave();
    assert.equal(await machine.exec("ls -A /var/lib/pulumi-kvm /etc/pulumi-kvm 2>/dev/null || :"), "");
    assert.doesNotMatch(await machine.exec("iptables-save; nft list ruleset"), /pulumi/i);
  });
});

/** Two guests on a bridge; the second one is a web server too. */
const neighbours = `ip link add name br0 type bridge
for n in 1 2; do
  ip netns add n$n
  ip link add name p$n type veth peer name eth0 netns n$n
  ip link set dev p$n master br0 up
  ip -netns n$n address add 192.0.2.$n/24 dev eth0
  ip -netns n$n link set dev eth0 up
  ip -netns n$n route add default via 192.0.2.254
done
ip link set dev br0 up
ip address add 192.0.2.254/24 dev br0
mkdir -p /srv/www && echo guest >/srv/www/index.html
ip netns exec n2 busybox httpd -p 80 -h /srv/www`;

const heard = "ip netns exec n1 ping -c 1 -W 5 192.0.2.2 >/dev/null && echo heard || echo not heard";

/** A container of Docker's with a port that it publishes. Its image is busybox, and comes from no registry. */
const container = `set -e
mkdir -p /srv/box/bin /srv/box/www
cp /bin/busybox /srv/box/bin/
echo container >/srv/box/www/index.html
tar -C /srv/box -c . | docker import - box
docker run -d --name box --restart always -p 8081:80 box /bin/busybox httpd -f -p 80 -h /www`;
