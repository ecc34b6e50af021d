import assert from "node:assert/strict";
import { testsBuildOnEachOther } from "../in-order";
import type { Hypervisor } from "../lab/hypervisor";
import { type Made, newOwner, type Owner } from "./owner";
import { type BridgeSite, openBridgeSite } from "./public-bridge-site";
import { needsRoot } from "./site";

/**
 * A host whose network configuration comes from cloud-init. The fake cloud-init does what matters: at each boot, before
 * any network manager, it rewrites the configuration of the NIC, unless a file in /etc/cloud/cloud.cfg.d turns that
 * off.
 */
describe("a PublicBridge on a host whose network configuration comes from cloud-init", () => {
  testsBuildOnEachOther();
  const [off, written] = ["/etc/cloud/cloud.cfg.d/99-pulumi-kvm-network.cfg", "/etc/netplan/50-cloud-init.yaml"];
  let site: BridgeSite;
  let tower: Hypervisor;
  let anna: Owner;
  let made: Made;
  let atFirst: string;
  const files = () =>
    tower.exec("find /etc/cloud /etc/netplan -type f -printf '%p %M %T@ ' -exec sha256sum {} \\; | sort");
  const holder = async () => (await tower.exec(`ip -brief -4 address | grep ' ${tower.address}/'`)).split(/[@ ]/)[0];

  before(async function () {
    needsRoot(this);
    site = await openBridgeSite();
    tower = await site.tower("cloudy", { variant: "netplan", ipv6: true });
    await tower.exec(cloudInit);
    await tower.reboot();
    await tower.settled();
    anna = await newOwner("cloudy", "life/anna");
    atFirst = await files();
  });
  after(() => site?.stop());

  it("turns cloud-init's network configuration off, and exists again after a reboot", async () => {
    made = await anna.make("PublicBridge", "lab/lan", { nic: "host0", confirmWithinSeconds: 60 });
    assert.equal(await tower.exec(`cat ${off}`), "network: {config: disabled}");
    await tower.reboot();
    assert.equal(await holder(), "br-host0");
    assert.deepEqual((await anna.refresh(made))?.inputs, made.inputs);
  });

  it("shows drift when cloud-init's network configuration was turned on by hand, and turns it off", async () => {
    await tower.exec(`rm ${off}`);
    const seen = await anna.refresh(made);
    assert.equal(seen?.outs.persistent, false);
    made = await anna.update(seen as Made, { nic: "host0", confirmWithinSeconds: 60 });
    assert.equal(await tower.exec(`cat ${off}`), "network: {config: disabled}");
  });

  it("turns cloud-init's network configuration on when it is deleted, also for the next boot", async () => {
    await anna.remove(made);
    assert.equal(await files(), atFirst);
    assert.equal(await holder(), "host0");
    // The counter-check: at boot, cloud-init does write the missing file.
    await tower.exec(`rm ${written}`);
    await tower.reboot();
    assert.equal(await holder(), "host0");
    assert.match(await tower.exec(`cat ${written}`), /host0/);
    await anna.leave();
  });
});

const cloudInit = `set -e
mkdir -p /etc/cloud/cloud.cfg.d /usr/local/lib/cloudy
echo 'output: {all: "| tee -a /var/log/cloud-init-output.log"}' >/etc/cloud/cloud.cfg.d/05_logging.cfg
mv /etc/netplan/50-host0.yaml /etc/netplan/50-cloud-init.yaml
cp -p /etc/netplan/50-cloud-init.yaml /usr/local/lib/cloudy/network
cat >/usr/bin/cloud-init <<'END'
#!/bin/sh
grep -qs 'config: disabled' /etc/cloud/cloud.cfg.d/*.cfg || cp -p /usr/local/lib/cloudy/network /etc/netplan/50-cloud-init.yaml
END
chmod 755 /usr/bin/cloud-init
cat >/etc/systemd/system/cloud-init-local.service <<'END'
[Unit]
DefaultDependencies=no
After=local-fs.target
Before=network-pre.target sysinit.target
Wants=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/cloud-init init --local
ExecStartPost=/usr/sbin/netplan generate
[Install]
WantedBy=sysinit.target
END
systemctl enable -q cloud-init-local.service`;
