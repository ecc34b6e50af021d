import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import type { Hypervisor, HypervisorOptions } from "../lab/hypervisor.js";
import { type Lab, startLab } from "../lab/lab.js";
import { difference } from "../lab/snapshot.js";
import { sampledTests } from "../sample.js";
import { changes, fails, succeeds } from "./expect.js";
import { program, withTinyKernel } from "./programs.js";
import { hosts } from "./site.js";
import { makeStack, type Stack } from "./stack.js";

/** Each test expects one clear error without a partial object: the hypervisor stays as it was. */
describe("an up that cannot succeed", () => {
  let lab: Lab;
  let tower: Hypervisor;
  let stack: Stack;
  let atFirst: string;
  before(async () => {
    lab = await startLab();
    ({ tower, stack } = await site("tower"));
    atFirst = await tower.snapshot();
  });
  after(() => lab?.stop());

  /** A hypervisor with a stack of which only the Host exists. */
  async function site(name: string, options: HypervisorOptions = {}) {
    const tower = await lab.hypervisor(name, options);
    await withTinyKernel(tower, lab);
    const env = {
      ...hosts(lab, tower),
      PULUMI_KVM_HOSTS: hosts(lab, tower).PULUMI_KVM_HOSTS?.replace(name, "tower") ?? "",
    };
    return { tower, stack: await makeStack({ folder: lab.folder, program: program(), env }) };
  }

  async function refused(where: { tower: Hypervisor; stack: Stack }, statements: string[], ...said: RegExp[]) {
    const { tower, stack } = where;
    const before = await tower.snapshot();
    await stack.write(program(...statements));
    const { output } = await fails(stack.up(), ...said);
    const left = difference(before, await tower.snapshot()).filter((line) => !isRecord.test(line));
    assert.equal(left.length, 0, `${left.join("\n").slice(0, 3000)}\nis left after\n${output}`);
  }

  it("reports a host that does not answer, has another host key, or refuses our key", async () => {
    const env = { ...stack.env };
    const access = JSON.parse(env.PULUMI_KVM_HOSTS ?? "").tower;
    const strange = join(lab.folder, "strange");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", strange]);
    const { stdout: key } = await execa("cut", ["-d", " ", "-f1,2", `${strange}.pub`]);
    const wrong: [object, RegExp][] = [
      [
        { address: access.address.replace(/\d+$/, "200") },
        /unable to connect to root@[\d.]+\.200: .*Check that the host is up/,
      ],
      [{ hostKey: key }, /shows the host key SHA256:\S+ .*, but SHA256:\S+ is pinned/],
      [{ privateKeyPath: strange }, /the login as root@\S+ is refused: .*strange/],
    ];
    for (const [change, said] of wrong) {
      stack.env.PULUMI_KVM_HOSTS = JSON.stringify({ tower: { ...access, ...change } });
      const { output, seconds } = await fails(stack.up(), said);
      // The time limits of a login end after 10 s. The rest of the 80 s is for Pulumi's processes on a busy machine.
      assert.ok(seconds < 80, `${seconds} s: ${output}`);
      assert.doesNotMatch(output, /\n\s+at .*\.js:\d+/, "no call stack");
    }
    Object.assign(stack.env, env);
    await changes(stack.up(), { tower: "create" });
  });

  sampledTests("world", 3, {
    async "reports missing sudo, QEMU or /dev/net/tun, and an unusable /dev/kvm"() {
      const poor = await site("poor", { sudo: "nopasswd", qemu: false, tun: false });
      await succeeds(poor.stack.up());
      await refused(poor, ['new kvm.Tap("web", { host });'], /Unable to create Tap web on tower: .*\/dev\/net\/tun/);
      await refused(
        poor,
        [guest()],
        /Unable to create Guest one on tower: the host does not have qemu-system-x86_64 \(package qemu-system-x86\)/,
      );
      await succeeds(poor.stack.destroy());
      await poor.tower.exec("mv /usr/bin/sudo /usr/bin/no-sudo");
      await poor.stack.write(program());
      await fails(poor.stack.up(), /ops does not have the command sudo \(.*\)\. Install sudo there, or log in as root/);

      const fake = await site("fake", { kvm: true });
      await succeeds(fake.stack.up());
      await refused(
        fake,
        [guest('accelerator: "kvm"')],
        /Unable to create Guest one on tower: \/dev\/kvm exists, but the CPU offers neither vmx nor svm, so a guest would hang\. Turn nested virtualisation on, or set accelerator: "tcg"/,
      );
      await changes(
        fake.stack.write(program(guest())).then(() => fake.stack.up()),
        { one: "create" },
      );
      await succeeds(fake.stack.destroy());
    },

    async "reports a bridge of another program with the same name"() {
      await tower.exec("ip link add br0 type bridge");
      await refused(
        { tower, stack },
        ['new kvm.Bridge("lan", { host, name: "br0" });'],
        /br0 exists and belongs to another program .*adopt: true/,
      );
      await tower.exec("ip link del br0");
    },

    async "reports a firewall rule that drops frames between guests"() {
      const key = "/proc/sys/net/bridge/bridge-nf-call-iptables";
      const filtered = (await tower.exec(`cat ${key}`)).trim();
      const ports = [
        'const lan = new kvm.Bridge("lan", { host, name: "lan0x" });',
        'for (const name of ["t1", "t2"]) new kvm.Tap(name, { host, name, bridge: lan.name });',
      ];
      await stack.write(program(...ports));
      await succeeds(stack.up());
      const inTheWay = {
        "iptables -P FORWARD DROP":
          /IPv4 between guests on lan0x is dropped by the policy DROP of iptables filter FORWARD, and the host filters bridged packets too \(br_netfilter\)\. Allow it in .*, or set net\.bridge\.bridge-nf-call-iptables to 0/,
        "iptables -A FORWARD -j DROP":
          /IPv4 between guests on lan0x is dropped by the rule -A FORWARD -j DROP of iptables filter/,
      };
      const one = guest('nics: [{ tap: "t1" }]');
      for (const [rule, said] of Object.entries(inTheWay)) {
        await tower.exec(`echo 1 >${key}; ${rule}`);
        await refused({ tower, stack }, [...ports, one], /Unable to create Guest one on tower: /, said);
        await tower.exec("iptables -P FORWARD ACCEPT; iptables -F FORWARD");
      }
      await changes(stack.up(), { one: "create" });
      await tower.exec(`echo ${filtered} >${key}`);
      await stack.write(program());
      await succeeds(stack.up());
    },

    async "reports a port that is in use"() {
      const forward = guest("nics: [{ user: { hostForwards: [{ hostPort: 22, guestPort: 80 }] } }]");
      await refused(
        { tower, stack },
        [forward],
        /Unable to create Guest one on tower: .*QEMU.*(hostfwd|forwarding rule).*22/s,
      );
    },

    async "reports an image with another checksum, a missing image, and one with a backing file"() {
      const image = (args: string) => [`new kvm.Image("base", { host, ${args} });`];
      const zeros = "0".repeat(64);
      await refused(
        { tower, stack },
        image(`source: "/srv/disk.qcow2", sha256: "${zeros}"`),
        /the checksum of \/srv\/disk\.qcow2 is [0-9a-f]{64}, not 0{64}/,
      );
      await refused({ tower, stack }, image('source: "/srv/nothing.qcow2"'), /nothing\.qcow2.*No such file/);
      await tower.exec("qemu-img create -q -f qcow2 -b /srv/disk.qcow2 -F qcow2 /srv/overlay.qcow2");
      await refused({ tower, stack }, image('source: "/srv/overlay.qcow2"'), /backing file\)\. Flatten it/);
    },

    async "reports a full disk"() {
      const store = "/var/lib/pulumi-kvm";
      await tower.exec(
        `mount -t tmpfs -o size=1M small /mnt && cp -a ${store}/. /mnt && mount --bind /mnt ${store} && chmod 711 ${store}`,
      );
      await refused(
        { tower, stack },
        ['new kvm.Image("base", { host, source: "/srv/disk.qcow2" });'],
        /Unable to create Image base on tower: .*No space left on device/s,
      );
      await tower.exec(`umount ${store} /mnt`);
    },
  });

  it("reports a missing cloud-init after the time limit, with the end of the console", async () => {
    const answers = program(...onDisk("waitFor: { tcpPort: 80, timeoutSeconds: 300 }"));
    await stack.write(answers);
    await succeeds(stack.up());
    await stack.write(program(...onDisk("waitFor: { cloudInit: true, timeoutSeconds: 10 }")));
    await fails(
      stack.up(),
      /cloud-init has not reported its end\. Check that the image has cloud-init\..*console:.*tiny: ready/s,
    );
    await stack.write(answers);
    await succeeds(stack.up());
  });

  it("reports a base image that was modified under its disks", async () => {
    await tower.exec("cd /var/lib/pulumi-kvm/images; chmod u+w *.qcow2; printf x >>$(ls *.qcow2)");
    await changes(stack.refresh(), { base: "delete" });
    await fails(
      stack.up(),
      /Unable to create Image base on tower: another program changed the image .* after it was stored/,
    );
    await succeeds(stack.destroy());
    await tower.exec("rm -f /srv/overlay.qcow2");
    assert.deepEqual(difference(atFirst, await tower.snapshot()), []);
  });
});

/**
 * Records that a failed run may leave. They are written before any change, and deleted with the last object of the
 * host.
 */
const isRecord =
  /^[+-] (file|content|running) (\/var\/lib\/pulumi-kvm|\/var\/lib\/pulumi-kvm\/(objects|owners)(\/\S+)?|\/run\/pulumi-kvm\.lock) /;

function guest(args = ""): string {
  return `new kvm.Guest("one", { host, accelerator: "tcg", memoryMiB: 96, stopWithinSeconds: 2, kernel: { image: "/srv/vmlinuz" }, ${args} });`;
}

function onDisk(args: string): string[] {
  return [
    'const lan = new kvm.Bridge("lan", { host, addresses: ["192.168.50.1/24"] });',
    'const base = new kvm.Image("base", { host, source: "/srv/disk.qcow2" });',
    'const disk = new kvm.Disk("one", { host, image: base });',
    `tiny("one", lan, "", { kernel: undefined, disks: [disk], ${args} });`,
  ];
}
