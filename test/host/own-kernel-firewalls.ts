import assert from "node:assert/strict";
import { lanHears, mendSettings, saidOfBridge } from "./own-kernel-bridges";
import {
  areAsWished,
  connects,
  container,
  firewalld,
  getsOut,
  heard,
  make,
  neighbours,
  type OwnKernel,
  page,
} from "./own-kernel-guests";
import { whatIsSaid } from "./said";

/** Other programs that change the packet filter, one after the other, with traffic of guests through it. */

export function triesDocker(at: OwnKernel): void {
  it("connects guests on a bridge with Docker on the host, and guests on a public bridge with the LAN", async () => {
    const { machine } = at;
    await machine.exec(neighbours);
    await machine.exec("systemctl start docker");
    await isHeard(at);
  });

  it("drops frames of the guest when Docker filters bridges, until one remedy of the warning is applied", async () => {
    await isUnheard(at);
    const [, advice = ""] = /(iptables -I DOCKER-USER -i br-bond0 -j ACCEPT), or/.exec(await saidOfBridge(at)) ?? [];
    await at.machine.exec(advice);
    assert.equal(await lanHears(at), "heard");
    await at.machine.exec(advice.replace("-I", "-D"));
    await isUnheard(at);
    await mendSettings(at);
    assert.equal(await lanHears(at), "heard");
    assert.equal(await saidOfBridge(at), "");
  });

  it("connects a guest with the outside in both directions with Docker's containers, also after Docker restarts", async () => {
    const { machine } = at;
    await Promise.all([
      make(at, "IpForwarding", "lab/forwarding", {}),
      make(at, "Masquerade", "lab/nat", { source: "192.0.2.0/24", outInterface: "host0" }),
      make(at, "FirewallRule", "lab/out", { chain: "forward", source: "192.0.2.0/24", action: "accept" }),
      make(at, "FirewallRule", "lab/back", { chain: "forward", destination: "192.0.2.0/24", action: "accept" }),
      make(at, "PortForward", "lab/web", { protocol: "tcp", listenPort: 8080, to: "192.0.2.2:80" }),
    ]);
    await machine.exec(container);
    for (const again of [":", "systemctl restart docker"]) {
      await machine.exec(again);
      await connects(at);
      assert.equal(await page(at, 8081), "container\n");
    }
    await isHeard(at);
    await areAsWished(at);
  });
}

async function isHeard(at: OwnKernel): Promise<void> {
  assert.match(await at.machine.exec("iptables -S FORWARD"), /^-P FORWARD DROP$/m);
  assert.equal(await at.machine.exec(heard), "heard");
  assert.equal(await lanHears(at), "heard");
}

export function triesUfw(at: OwnKernel): void {
  it("connects a guest with the outside in both directions with ufw, also after ufw reloads its rules", async () => {
    const { machine } = at;
    await machine.exec("docker rm -f box; systemctl stop docker docker.socket");
    await machine.exec("ufw allow 22/tcp; ufw --force enable");
    await connects(at);
    await machine.exec("ufw reload");
    await connects(at);
    await areAsWished(at);
  });

  it("connects the LAN with the guest on a public bridge with ufw, after the command of the warning", async () => {
    await isUnheard(at);
    const [, advice = ""] = /Allow it in ufw: (ufw route allow in on br-bond0), or/.exec(await saidOfBridge(at)) ?? [];
    await at.machine.exec(advice);
    assert.equal(await lanHears(at), "heard");
    await mendSettings(at);
    await at.machine.exec("ufw --force disable");
  });
}

/** Turns bridge netfilter on, as another program may do. */
async function isUnheard(at: OwnKernel): Promise<void> {
  const keys = ["iptables", "ip6tables"].map((one) => `/proc/sys/net/bridge/bridge-nf-call-${one}`);
  await at.machine.exec(`for key in ${keys.join(" ")}; do echo 1 >$key; done`);
  assert.equal(await lanHears(at), "not heard");
}

export function triesFirewalld(at: OwnKernel): void {
  it("forwards a port to a guest with firewalld, and lets the guest reach the outside after the command of the warning", async () => {
    await at.machine.exec(firewalld.started);
    assert.equal(await page(at, 8080), "guest\n");
    assert.equal(await getsOut(at), false);
    const [nat, web] = ["Masquerade", "PortForward"].map((kind) => at.made.find((one) => one.kind === kind));
    assert.ok(nat && web);
    assert.equal(await whatIsSaid(() => at.anna.refresh(web)), "");
    const said = await whatIsSaid(() => at.anna.refresh(nat));
    const [, advice = ""] = /Allow it in firewalld: (firewall-cmd .*--reload)/.exec(said) ?? [];
    assert.match(advice, /--zone=trusted --change-interface=br0;/, said);
    await at.machine.exec(advice.replace("firewall-cmd --reload", firewalld.reloaded));
    await connects(at);
    assert.equal(await whatIsSaid(() => at.anna.refresh(nat)), "");
  });

  it("lets the guest reach the outside after firewalld restarts", async () => {
    await at.machine.exec(firewalld.restarted);
    await connects(at);
    await areAsWished(at);
  });

  it("lets the guest reach the outside with a policy too, which opens no port of the host to the guest", async () => {
    const sshd = "timeout 5 bash -c '</dev/tcp/192.0.2.254/22' 2>/dev/null";
    const isOpen = `ip netns exec n1 ${sshd} && echo open || echo shut`;
    assert.equal(await at.machine.exec(isOpen), "open");
    await at.machine.exec(policy);
    await connects(at);
    assert.equal(await at.machine.exec(isOpen), "shut");
  });
}

/** Writes what the commands in docs/troubleshooting.md write. Each of those starts Python, which takes seconds here. */
const policy = `cat >/etc/firewalld/zones/guests.xml <<'END'
<?xml version="1.0" encoding="utf-8"?>
<zone>
  <interface name="br0"/>
</zone>
END
cat >/etc/firewalld/policies/guests-out.xml <<'END'
<?xml version="1.0" encoding="utf-8"?>
<policy target="ACCEPT">
  <ingress-zone name="guests"/>
  <egress-zone name="ANY"/>
</policy>
END
rm -f /etc/firewalld/zones/trusted.xml
${firewalld.reloaded}`;
