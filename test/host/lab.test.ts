import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { Hypervisor } from "../lab/hypervisor";
import { type Lab, startLab } from "../lab/lab";
import { accounts } from "../lab/root";
import { difference } from "../lab/snapshot";
import { tinyGuest } from "../lab/tinyGuest";

describe("the lab", function () {
  this.timeout("10m"); // the first run makes the root file systems
  let lab: Lab;
  before(async () => {
    lab = await startLab({ progress: console.error });
  });
  after(() => lab.stop());

  const ssh = async (tower: Hypervisor, command: string, input = "") => {
    const options = ["-o", `UserKnownHostsFile=${join(lab.folder, "known")}`, "-o", "BatchMode=yes"];
    await writeFile(join(lab.folder, "known"), `${tower.address} ${tower.hostKey}\n`);
    const login = [...options, "-i", lab.privateKeyPath, `${tower.user}@${tower.address}`];
    return (await execa("ssh", [...login, command], { input })).stdout;
  };

  describe("with a hypervisor", () => {
    let tower: Hypervisor;
    before(async () => {
      tower = await lab.hypervisor("tower");
    });

    it("accepts the key, shows the announced host key, and reaches the outside", async () => {
      assert.equal(await ssh(tower, `curl -s ${lab.outside.url}hello`), `outside sees ${tower.address}`);
      assert.deepEqual(lab.outside.requests.at(-1), { from: tower.address, path: "/hello" });
    });

    it("loses links and keeps files over a reboot and a power cut", async () => {
      for (const restart of [tower.reboot, () => tower.cutPower().then(tower.powerOn)]) {
        const boot = await tower.exec("cat /proc/sys/kernel/random/boot_id");
        await tower.exec("ip link add br7 type bridge; echo kept >/etc/kept");
        await restart();
        assert.notEqual(await tower.exec("cat /proc/sys/kernel/random/boot_id"), boot);
        assert.equal(await tower.exec("ls /sys/class/net; cat /etc/kept; rm /etc/kept"), "host0\nlo\nkept");
      }
    });

    it("is unreachable while it is unplugged or off", async () => {
      const reached = async () => {
        const socket = createConnection({ host: tower.address, port: tower.port });
        const connected = await Promise.race([once(socket, "connect").then(() => true), sleep(1500, false)]).catch(
          () => false,
        );
        socket.destroy();
        return connected;
      };
      assert.equal(await reached(), true);
      await tower.unplug();
      assert.equal(await reached(), false);
      await tower.plug();
      await tower.powerOff();
      assert.equal(await reached(), false);
      await tower.powerOn();
      assert.equal(await reached(), true);
    });

    it("keeps a new address", async () => {
      await tower.readdress(tower.address.replace(/\d+$/, "77"));
      assert.equal(await ssh(tower, "hostname"), "tower");
      await tower.reboot();
      assert.equal(await ssh(tower, "hostname"), "tower");
    });

    it("shows leftovers in a snapshot, and nothing when there are none", async () => {
      const before = await tower.snapshot();
      await ssh(tower, "iptables -t nat -S; ip link add x type bridge; ip link delete x");
      assert.deepEqual(difference(before, await tower.snapshot()), []);
      await tower.exec("nft add table inet mine; ip tuntap add t0 mode tap; sysctl -qw net.ipv4.ip_forward=1; >/etc/x");
      const left = difference(before, await tower.snapshot()).join("\n");
      for (const trace of ["nft table", "link t0", "sysctl net.ipv4.ip_forward = 1", "file /etc/x"]) {
        assert.ok(left.includes(`+ ${trace}`), `${trace} is not in\n${left}`);
      }
    });

    it("boots a guest that reads its seed, counts its boots and obeys the power button", async () => {
      const { disk } = await tinyGuest(console.error);
      await tower.put(disk, "/srv/disk.qcow2");
      await tower.exec(`mkdir /srv/seed && cd /srv/seed
        printf 'instance-id: i-1\nlocal-hostname: deb9\n' >meta-data
        echo '{"version":2,"ethernets":{"a":{"match":{"macaddress":"52:54:00:00:00:01"},"addresses":["10.1.1.2/24"]}}}' >network-config
        echo '# tiny: powerdown=1' >user-data`);
      for (const boot of [1, 2]) {
        await tower.exec(
          `systemd-run --quiet --unit=guest --collect env console=/srv/console${boot} sh -c '${tinyGuestCommand}'`,
        );
        const console = () => tower.exec(`cat /srv/console${boot} 2>/dev/null || :`);
        await until(async () => (await console()).includes("tiny: ready, deb9"));
        assert.match(await console(), new RegExp(`seed i-1.*boot ${boot} from this disk.*01 10.1.1.2/24`, "s"));
        await tower.exec("echo system_powerdown >/srv/monitor");
        await until(async () => (await tower.exec("systemctl is-active guest || :")) !== "active");
        assert.match(await console(), /tiny: power button.*tiny: powering off/s);
      }
    });
  });

  it("has accounts with different sudo rights", async () => {
    const ops = await lab.hypervisor("ops", { sudo: "nopasswd" });
    assert.equal(await ssh(ops, "sudo -n id -u"), "0");
    const clerk = { ...ops, user: "clerk" };
    await assert.rejects(ssh(clerk, "sudo -n id -u"), /password is required/);
    assert.equal(await ssh(clerk, "sudo -S id -u", `${accounts.clerk.password}\n`), "0");
  });

  it("can run without QEMU and /dev/net/tun, and with /dev/kvm", async () => {
    const bare = await lab.hypervisor("bare", { qemu: false, tun: false, kvm: true });
    assert.equal(await bare.exec("command -v qemu-system-x86_64; ls /dev/net; ls /dev/kvm"), "/dev/kvm");
  });

  for (const variant of ["ifupdown", "networkd", "netplan", "networkManager"] as const) {
    it(`gets a lease with ${variant}`, async () => {
      const host = await lab.hypervisor(`${variant.slice(0, 8).toLowerCase()}-d`, { variant, dhcp: true });
      assert.match(host.address, /\.1\d\d$/);
      assert.equal(await ssh(host, "hostname"), host.name);
      await host.stop();
    });
  }
});

const tinyGuestCommand = [
  "cd /srv && rm -f monitor && mkfifo monitor && exec 3<>monitor && exec qemu-system-x86_64 -nodefaults -display none",
  "-machine q35,accel=tcg -m 128 -serial file:$console -monitor stdio",
  "-drive if=none,id=disk,file=/srv/disk.qcow2 -device virtio-blk-pci,drive=disk,bootindex=0",
  "-drive if=none,id=seed,driver=vvfat,dir=/srv/seed,label=CIDATA,read-only=on -device virtio-blk-pci,drive=seed",
  "-netdev user,id=nic,restrict=on -device virtio-net-pci,netdev=nic,mac=52:54:00:00:00:01 <&3",
].join(" ");

async function until(done: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 180_000; !(await done()); await sleep(200)) {
    assert.ok(performance.now() < deadline, "three minutes were not enough");
  }
}
