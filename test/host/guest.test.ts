import assert from "node:assert/strict";
import { mark } from "../../provider/core/mark";
import { sh, text } from "../../provider/core/shell";
import { firstStartScript } from "../../provider/kinds/guest/first-start-script";
import type { GuestWant } from "../../provider/kinds/guest/guest-args";
import { guests } from "../../provider/kinds/guest/guest-state.fact";
import { closeLoopback, openLoopback } from "../../provider/kinds/guest/loopback";
import type { Machine } from "../../provider/kinds/host/machine.fact";
import { silent } from "../../tools/progress";
import { typed } from "../e2e/guests";
import type { Hypervisor } from "../lab/hypervisor";
import { tinyKernelOptions } from "../lab/kernelOptions";
import { difference } from "../lab/snapshot";
import { tinyGuest } from "../lab/tinyGuest";
import { type Made, newOwner, type Owner, type Properties } from "./owner";
import { needsRoot, newTower } from "./site";

/** Real guests of two stacks on one hypervisor: what each guest can reach of the other guest and of the hypervisor. */
describe("a guest on a hypervisor", function () {
  this.timeout("10m");
  const made: Made[] = [];
  let tower: Hypervisor;
  let before: string;
  let ada: Owner;
  let ben: Owner;
  let web: Made;

  const make = async (owner: Owner, kind: string, args: Properties) => {
    const one = await owner.make(kind, String(args.name), args);
    made.unshift(one);
    return one;
  };
  const pid = async (guest: string) => {
    const shown = await tower.exec(`systemctl show pulumi-kvm-guest@${guest} -p MainPID --value`);
    return shown.trim();
  };
  const user = async (guest: string) => (await tower.exec(`stat -c %u /proc/${await pid(guest)}`)).trim();
  const as = (uid: string, script: string) =>
    tower.exec(`cd /; setpriv --reuid=${uid} --regid=${uid} --clear-groups sh -s`, { input: script });
  const seen = async () => {
    const output = await tower.exec(text(guests.command));
    return { bytes: output.length, guests: guests.parse(output) };
  };

  this.beforeAll(async function () {
    needsRoot(this);
    tower = await newTower("guests", { qemu: true });
    const { kernel, initrd } = await tinyGuest(silent);
    await tower.put(kernel, "/srv/vmlinuz");
    await tower.put(initrd, "/srv/initrd");
    before = await tower.snapshot();
    ada = await newOwner("guests", "net/ada");
    ben = await newOwner("guests", "net/ben");
    await make(ada, "Bridge", { name: "lan", addresses: ["192.168.50.1/24"] });
    for (const name of ["t1", "t3"]) await make(ada, "Tap", { name, bridge: "lan" });
    for (const [owner, name] of [[ada, "ada-disk"] as const, [ben, "ben-disk"] as const])
      await make(owner, "Disk", { name, sizeGiB: 0.125 });
  });

  it("keeps running when an older release started it, and gets its own user at its next start", async () => {
    web = await make(ada, "Guest", { ...adasGuest, running: false });
    await tower.exec(asVersionOneStartedIt({ ...web.inputs, running: true } as unknown as GuestWant));
    const first = await pid("ada-vm");
    web = (await ada.refresh(web)) ?? assert.fail("gone");
    assert.deepEqual(web.inputs.nics, made[0]?.inputs.nics);
    web = await ada.update(web, { ...adasGuest, ...reached, stopWithinSeconds: 60 });
    assert.deepEqual([await pid("ada-vm"), await user("ada-vm")], [first, "60999"]);
    web = await ada.update(web, { ...adasGuest, ...reached, memoryMiB: 128 });
    made[0] = web;
    assert.notEqual(await pid("ada-vm"), first);
    assert.deepEqual((await ada.refresh(web))?.inputs, web.inputs);
  });

  it("runs as its own user without an account and without privileges", async () => {
    await make(ben, "Guest", bensGuest);
    const users = [await user("ada-vm"), await user("ben-vm")];
    assert.notEqual(users[0], users[1]);
    for (const uid of users) {
      assert.ok(Number(uid) >= 60578 && Number(uid) <= 61183, uid);
      assert.equal(await tower.exec(`getent passwd ${uid} || :`), "");
    }
    assert.equal(
      await tower.exec("systemd-analyze verify /etc/systemd/system/pulumi-kvm-guest@ada-vm.service 2>&1"),
      "",
    );
    const status = await tower.exec(
      `grep -E '^(CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/${await pid("ada-vm")}/status`,
    );
    assert.deepEqual(
      status
        .trim()
        .split(/\s*\n/)
        .map((line) => line.split(/:\s+/)),
      [
        ["CapPrm", "0".repeat(16)],
        ["CapBnd", "0".repeat(16)],
        ["NoNewPrivs", "1"],
        ["Seccomp", "2"],
      ],
    );
  });

  it("can access only the guest files that it needs, and writes to no folder that root uses", async () => {
    const [adas, bens] = [await user("ada-vm"), await user("ben-vm")];
    const all = await tower.exec("find /var/lib/pulumi-kvm /run/pulumi-kvm ! -type l");
    const reachable = async (uid: string) => {
      const found = await as(
        uid,
        `while read -r path; do
        if [ -d "$path" ]; then [ ! -w "$path" ] || echo "$path/"; continue; fi
        if [ -r "$path" ] || [ -w "$path" ]; then echo "$path"; fi
      done <<'EOF'\n${all}\nEOF`,
      );
      return found.trim().split("\n").sort();
    };
    const own = (name: string) =>
      [
        ...["cleanup", "connect", "launch", "prepare", "start", "stop", "user"].map(
          (file) => `/var/lib/pulumi-kvm/guests/${name}-vm/${file}`,
        ),
        `/var/lib/pulumi-kvm/disks/${name}-disk.qcow2`,
        ...["console.log", "monitor.in", "monitor.out"].map((pipe) => `/run/pulumi-kvm/${name}-vm/${pipe}`),
        ...["", "console.sock", "operator.sock"].map((file) => `/run/pulumi-kvm/${name}-vm/sockets/${file}`),
      ].sort();
    assert.deepEqual(await reachable(adas), own("ada"));
    assert.deepEqual(await reachable(bens), own("ben"));
    assert.match(await tower.exec("cat /run/pulumi-kvm/ada-vm/seed.img"), /ada's password/);
  });

  it("is connected to its console as its own user, who could lead root to another socket", async () => {
    const fake = '#!/bin/sh\necho "$(id -u) $*"\n';
    await tower.exec("mkdir -m 755 /run/fake; cat >/run/fake/socat; chmod 755 /run/fake/socat", { input: fake });
    const connected = await tower.exec("PATH=/run/fake:$PATH sh /var/lib/pulumi-kvm/guests/ada-vm/connect operator", {
      input: "",
    });
    const socket = "/run/pulumi-kvm/ada-vm/sockets/operator.sock";
    assert.equal(connected, `${await user("ada-vm")} -,raw,echo=0,escape=0x1d UNIX-CONNECT:${socket}`);
    assert.match(String(web.outs.console), / sh \/var\/lib\/pulumi-kvm\/guests\/ada-vm\/connect console$/);
    await tower.exec("rm -r /run/fake");
  });

  it("does not reach the hypervisor's loopback, unless hostLoopback is set", async () => {
    await tower.exec("cat >/run/inner-page; systemd-run --quiet --unit=inner-page perl /run/inner-page", {
      input: innerPage,
    });
    const fetch = "timeout 5 wget -q -O - http://10.0.2.2:7777/"; // this wget crashes with -T
    assert.match(await typed(tower, "ben", fetch), /^inner page$/m);
    assert.doesNotMatch(await typed(tower, "ada", fetch), /^inner page$/m);
    assert.match(await tower.exec("curl -s -m 20 http://127.0.0.1:8081/"), /./);
  });

  it("does not reach the loopback on a host without nft either", async () => {
    const want = { ...web.inputs, name: "spare" } as unknown as GuestWant;
    const noNft = "set -eu; user=61100; nft() { return 1; }; mkdir -p /run/pulumi-kvm/spare";
    const asks = "curl -s -m 5 http://127.0.0.1:7777/; [ $? != 7 ] || echo refused";
    await tower.exec(`${noNft}\n${text(closeLoopback(want) || sh`exit 1`)}`);
    assert.equal((await as("61100", asks)).trim(), "refused");
    assert.equal((await as("61101", asks)).trim(), "inner page");
    await tower.exec(`${noNft}\n${text(openLoopback(want))}\nrm -r /run/pulumi-kvm/spare`);
    assert.equal((await as("61100", asks)).trim(), "inner page");
    await tower.exec("systemctl stop inner-page; rm /run/inner-page");
  });

  it("fills neither the host's disk nor the facts of a guest with its console output", async () => {
    await typed(tower, "ada", "dd if=/dev/zero bs=64k count=10 2>/dev/null | tr '\\0' A; echo");
    await typed(
      tower,
      "ada",
      "echo BEGIN SSH HOST KEY KEYS; i=0; while [ $i -lt 2000 ]; do echo ssh-ed25519 AAAA$i x; i=$((i+1)); done",
    );
    const log = await tower.exec("du -cb /var/lib/pulumi-kvm/guests/ada-vm/log/* | tail -n 1");
    assert.ok(Number.parseInt(log, 10) <= 2 * 262_144, log);
    const { bytes, guests } = await seen();
    assert.ok(bytes < 8192, `${bytes}`);
    assert.ok((guests["ada-vm"]?.hostKeys.length ?? 0) > 0, "the flood has host keys");
    assert.ok((guests["ada-vm"]?.hostKeys.length ?? 99) <= 16);
  });

  it("cannot create false facts of a guest by the names of its files", async () => {
    const uid = await user("ada-vm");
    const forged = "down.9\nguest=zzz\nActiveState=active\nkey=ssh-ed25519 AAAAattacker x";
    await as(uid, `cd /run/pulumi-kvm/ada-vm/sockets; : >'${forged}'; mkfifo started down.1`);
    for (const path of [
      `/run/pulumi-kvm/ada-vm/${forged}`,
      "/run/pulumi-kvm/ada-vm/down.1",
      "/var/lib/pulumi-kvm/guests/ada-vm/x",
    ])
      await assert.rejects(as(uid, `: >'${path}'`), /Permission denied|cannot create/);
    const { guests } = await seen();
    assert.deepEqual(Object.keys(guests).sort(), ["ada-vm", "ben-vm"]);
    assert.deepEqual(guests["ada-vm"]?.linksDown, []);
  });

  it("stops cleanly, with its last output in the log, and leaves nothing that its user could use", async () => {
    const uid = await user("ada-vm");
    web = await ada.update(web, { ...adasGuest, running: false });
    made.splice(
      made.findIndex(({ id }) => id === "ada-vm"),
      1,
      web,
    );
    assert.match(await tower.exec("cat /var/lib/pulumi-kvm/guests/ada-vm/log/console"), /Power down/);
    assert.equal(await tower.exec(`find / -xdev -user ${uid} 2>/dev/null`), "");
    assert.doesNotMatch(await tower.exec("nft list ruleset"), new RegExp(uid));
  });

  it("runs with RHEL's QEMU, which is not in PATH and lacks vvfat and the user-mode network", async () => {
    await tower.exec(rhelsQemu);
    const red = { ...base, name: "red-vm", cloudInit: { network: { addresses: ["192.168.50.3/24"] } } };
    await assert.rejects(
      make(ada, "Guest", { ...red, nics: [{ user: {} }] }),
      /Unable to create Guest red-vm on guests: \/usr\/libexec\/qemu-kvm does not have the user-mode network \(debian leaves it out\)/,
    );
    await make(ada, "Guest", { ...red, ...reached, nics: [{ tap: "t3" }] });
    assert.match(await tower.exec("cat /var/lib/pulumi-kvm/guests/red-vm/log/console"), /tiny: seed.*192\.168\.50\.3/s);
  });

  it("leaves nothing when it is deleted", async () => {
    for (const one of made) await ada.remove(one);
    for (const owner of [ada, ben]) await owner.leave();
    await tower.exec("mv /usr/libexec/qemu-hidden /usr/bin/qemu-system-x86_64; rm /usr/libexec/qemu-kvm");
    assert.deepEqual(difference(before, await tower.snapshot()), []);
  });
});

const innerPage = `use IO::Socket::INET;
my $listening = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1:7777") or die;
while (my $asked = $listening->accept) { print $asked "HTTP/1.0 200 OK\\r\\n\\r\\ninner page\\n"; close $asked }
`;

const reached = { waitFor: { tcpPort: 80, timeoutSeconds: 300 } };

const base = {
  ...{ accelerator: "tcg", memoryMiB: 96 },
  kernel: { image: "/srv/vmlinuz", initrd: "/srv/initrd", commandLine: tinyKernelOptions },
};

const adasGuest = {
  ...{ ...base, name: "ada-vm", disks: ["ada-disk"] },
  nics: [{ tap: "t1" }, { user: { hostForwards: [{ hostPort: 8081, guestPort: 80 }] } }],
  cloudInit: {
    hostname: "tiny",
    network: { addresses: ["192.168.50.2/24"] },
    userData: "#cloud-config\n# ada's password\n",
  },
};

const bensGuest = {
  ...{ ...base, ...reached, name: "ben-vm", disks: ["ben-disk"] },
  nics: [{ user: { hostLoopback: true, hostForwards: [{ hostPort: 8082, guestPort: 80 }] } }],
  cloudInit: { userData: "#cloud-config\n# ben's password\n" },
};

/** Leaves the host as version 0.1.0 did, with the guest running: all guests share one user, who owns the folders. */
function asVersionOneStartedIt(want: GuestWant): string {
  const [folder, run] = [`/var/lib/pulumi-kvm/guests/${want.name}`, `/run/pulumi-kvm/${want.name}`];
  const unprivileged =
    "setpriv --reuid=60999 --regid=60999 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all";
  const unit = `[Unit]
Description=${mark(want)}
[Service]
Type=exec
ExecStartPre=install -d -m 0711 /run/pulumi-kvm
ExecStartPre=install -d -m 0750 -o 60999 -g 60999 ${run}
ExecStart=${unprivileged} /bin/sh ${folder}/start
ExecStop=/bin/sh ${folder}/stop $MAINPID
ExecStopPost=rm -rf ${run}
KillMode=mixed
Restart=on-failure
PrivateTmp=yes
ProtectSystem=full
[Install]
WantedBy=multi-user.target
`;
  return `set -e
    cd ${folder}
    rm -f prepare launch cleanup user seed.base64
    mkdir -p seed log; echo '{}' >seed/meta-data; chmod 711 .
    chown -R 60999:60999 seed log /var/lib/pulumi-kvm/disks/*
    cat >start <<'EOF'
${firstStartScript(want, { architecture: "x86_64" } as Machine)}EOF
    cat >/etc/systemd/system/pulumi-kvm-guest@${want.name}.service <<'EOF'
${unit}EOF
    systemctl daemon-reload
    systemctl start pulumi-kvm-guest@${want.name}
    until [ -S ${run}/console.sock ]; do sleep 0.1; done`;
}

/** A stand-in that refuses what RHEL's build refuses. Otherwise it is Debian's QEMU. */
const rhelsQemu = `set -e
  mkdir -p /usr/libexec
  mv /usr/bin/qemu-system-x86_64 /usr/libexec/qemu-hidden
  cat >/usr/libexec/qemu-kvm <<'EOF'
#!/bin/sh
case " $* " in
*" -netdev help "*) printf '%s\\n' 'Available netdev backend types:' socket hubport tap; exit ;;
*vvfat*) echo "Unknown driver 'vvfat'" >&2; exit 1 ;;
*"-netdev user"*) echo "network backend 'user' is not compiled into this binary" >&2; exit 1 ;;
esac
exec /usr/libexec/qemu-hidden "$@"
EOF
  chmod +x /usr/libexec/qemu-kvm`;
