import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "../../../../provider/core/shell";
import { kindOf } from "../../../../provider/kinds";
import { firstStartScript } from "../../../../provider/kinds/guest/first-start-script";
import type { GuestWant } from "../../../../provider/kinds/guest/guest-args";
import { guestFiles } from "../../../../provider/kinds/guest/guest-files";
import { guests } from "../../../../provider/kinds/guest/guest-state.fact";
import { monitor } from "../../../../provider/kinds/guest/qemu-command";
import { readiness } from "../../../../provider/kinds/guest/readiness.fact";
import type { Machine } from "../../../../provider/kinds/host/machine.fact";
import { checkArguments } from "../../../../provider/lifecycle/check";
import { checkout } from "../../../../tools/checkout";
import { checked, type Given } from "../../support/given";

const machine = { architecture: "x86_64", tools: ["qemu-system-x86_64"], groups: ["kvm"] } as unknown as Machine;
const filesOf = (args: Given, on: Partial<Machine> = {}) =>
  guestFiles(checked<GuestWant>("Guest", "web", { name: "web", ...args }), {
    ...{ qemuVersion: "10.0", keys: [], machine: { ...machine, ...on } },
  });

describe("the start script of version 0.1.0", () => {
  const written: { args: Given; architecture: string; text: string }[] = JSON.parse(
    readFileSync(join(checkout, "test/fixtures/first-start-scripts.json"), "utf8"),
  );

  for (const { args, architecture, text } of written) {
    it(`is reproduced exactly: ${args.name} on ${architecture}`, () => {
      const given = { host: { name: "tower", uid: "aaaaaaaaaa", stack: "lab/dev" }, path: "web", ...args };
      const known = checkArguments(kindOf("Guest"), given, given).inputs as unknown as GuestWant;
      assert.equal(firstStartScript(known, { ...machine, architecture }), text);
    });
  }
});

describe("the scripts of a guest", () => {
  const busy = {
    nics: [{ tap: "t1" }, { user: { hostForwards: [{ protocol: "udp", hostPort: 53, guestPort: 53 }] } }],
    cloudInit: { userData: "#cloud-config\n# password\n" },
    disks: ["root"],
  };

  it("open nothing as root in the folder that the guest's user can write to", () => {
    const { prepare = "", launch = "", stop = "", cleanup = "" } = filesOf(busy);
    const looks = [
      guests.command,
      readiness({ name: "web", at: { address: "::1", port: 22 } }).command,
      monitor("web", "info"),
    ];
    const ofRoot = [prepare, launch, stop, cleanup, ...looks.map(text)].join("\n");
    const uses = ofRoot.split("\n").filter((line) => /sockets|\.sock\b/.test(line));
    assert.deepEqual(
      uses.map((line) => line.trim()),
      [
        "mkdir -p /run/pulumi-kvm; chmod 711 /run/pulumi-kvm; mkdir -m 750 /run/pulumi-kvm/web; mkdir -m 700 /run/pulumi-kvm/web/sockets",
        "chown 0:$user /run/pulumi-kvm/web /run/pulumi-kvm/web/monitor.in /run/pulumi-kvm/web/monitor.out /run/pulumi-kvm/web/console.log; chown $user:$user /run/pulumi-kvm/web/sockets",
        "for socket in console operator; do ln -s sockets/$socket.sock /run/pulumi-kvm/web/$socket.sock; done",
      ],
    );
  });

  it("give the guest's user its disks and one folder, and run QEMU as that user alone", () => {
    const { prepare = "", launch = "", cleanup = "" } = filesOf(busy);
    const given = [...[prepare, launch, cleanup].join("\n").matchAll(/\bchown (?:-h )?(\$user\S*) ([^;\n]+)/g)];
    assert.deepEqual(
      given.map(([, owner, paths]) => [owner, paths]),
      [
        ["$user:$user", "/run/pulumi-kvm/web/sockets"],
        ["$user:0", "/var/lib/pulumi-kvm/disks/root.qcow2"],
      ],
    );
    const folders = [...prepare.matchAll(/(?:mkdir -m|chmod) ([0-7]+) (\S+)/g)];
    assert.ok(folders.length > 5);
    for (const [said, mode = ""] of folders) assert.match(mode, /^.[0145][0145]$/, `${said}: for root's writing alone`);
    assert.deepEqual(launch.match(/--re[ug]id=\S+/g), ["--reuid=$user", "--regid=$user"]);
  });

  it("keep the cloud-init data out of QEMU's command line, and out of files that others can read", () => {
    const { start = "", ...others } = filesOf(busy);
    assert.match(start, /-add-fd fd=8,set=1 -drive if=none,id=seed,file=\/dev\/fdset\/1,format=raw,read-only=on/);
    const text = Object.entries(others).filter(([name]) => name !== "seed.base64");
    assert.doesNotMatch(JSON.stringify([start, text]), /password/);
    assert.match(Buffer.from(others["seed.base64"] ?? "", "base64").toString(), /# password/);
  });

  it("connect each NIC to its own tap, by the file descriptor of the tap", () => {
    const { start = "", launch = "" } = filesOf({ nics: [{ user: {} }, { tap: "t1" }, { tap: "t2", model: "e1000" }] });
    assert.deepEqual(start.match(/-netdev \S+/g), [
      "-netdev user,id=net0",
      "-netdev tap,id=net1,fd=$tap0,vhost=$vhost",
      "-netdev tap,id=net2,fd=$tap1,vhost=off",
    ]);
    assert.match(launch, /set -- "\$@" t1 t2 --/);
  });

  it("close the host's loopback to a user-mode network, unless hostLoopback is set", () => {
    const closes = (args: Given) => /close_by_nft/.test(filesOf(args).prepare ?? "");
    assert.equal(closes(busy), true);
    assert.equal(closes({ nics: [{ user: { hostLoopback: true } }] }), false);
    assert.equal(closes({ nics: [{ tap: "t1" }] }), false);
    assert.match(filesOf(busy).prepare ?? "", /udp sport 53 accept/);
    assert.notEqual(
      filesOf({ nics: [{ user: {} }] }).start,
      filesOf({ nics: [{ user: { hostLoopback: true } }] }).start,
    );
  });

  it("call the QEMU of the host", () => {
    assert.match(filesOf({}).start ?? "", /^exec qemu-system-x86_64 .* -machine pc /m);
    const rhel = filesOf({}, { tools: [], libexecQemu: "/usr/libexec/qemu-kvm" });
    assert.match(rhel.start ?? "", /^exec \/usr\/libexec\/qemu-kvm .* -machine q35 /m);
    const fedora = filesOf({}, { libexecQemu: "/usr/libexec/qemu-kvm" });
    assert.match(fedora.start ?? "", /^exec qemu-system-x86_64 /m);
  });
});

describe("the unit of a guest", () => {
  const unitOf = (args: Given) => filesOf(args).unit ?? "";

  it("has no line from a stack name or a path that contains a line break", () => {
    const want = checked<GuestWant>("Guest", "web", { name: "web" });
    const seen = { machine, qemuVersion: "10.0", keys: [] };
    const { unit } = guestFiles({ ...want, host: { ...want.host, stack: "x\nExecStartPre=/bin/evil" } }, seen);
    assert.doesNotMatch(unit ?? "", /^ExecStartPre=\/bin\/evil/m);
    for (const image of ["/home/x\nUser=root", "/srv/\0"])
      assert.throws(() => checked("Guest", "web", { kernel: { image } }), /kernel\.image: /, image);
  });

  it("limits memory to that of the guest and an overhead for QEMU", () => {
    assert.match(unitOf({ memoryMiB: 512 }), /^MemoryMax=1320M$/m);
    assert.match(unitOf({ memoryMiB: 65536, vcpus: 16 }), /^MemoryMax=70528M$/m);
  });

  it("gives access only to the guest's kernel and initrd in home directories", () => {
    assert.doesNotMatch(unitOf({ kernel: { image: "/srv/vmlinuz" } }), /BindReadOnlyPaths/);
    const home = unitOf({ kernel: { image: '/home/ada/my "100%" kernel:1', initrd: "/root/initrd" } });
    assert.match(
      home,
      /^BindReadOnlyPaths=-"\/home\/ada\/my \\"100%%\\" kernel\\:1"\nBindReadOnlyPaths=-"\/root\/initrd"$/m,
    );
  });

  it("has every confinement setting, and none that is newer than systemd 247", () => {
    const confinement = unitOf({}).split("[Service]")[1]?.split("[Install]")[0] ?? "";
    const settings = [...confinement.matchAll(/^(\w+)=/gm)].map(([, setting = ""]) => setting);
    const absent = Object.keys(since).filter((setting) => !settings.includes(setting));
    assert.deepEqual(absent, ["BindReadOnlyPaths"], "a kernel at home needs it");
    for (const setting of settings) assert.ok((since[setting] ?? 1000) <= 247, `${setting}: since ${since[setting]}`);
  });
});

/** The systemd version that introduced each setting of a service. 1 means that the manual does not say. */
const since: Readonly<Record<string, number>> = {
  ...{ Type: 240, ExecStartPre: 231, ExecStart: 231, ExecStop: 231, ExecStopPost: 231, KillMode: 209, UMask: 1 },
  ...{ TimeoutStopSec: 188, Restart: 1, RestartSec: 1, MemoryMax: 231, TasksMax: 227, LimitNOFILE: 1, LimitCORE: 1 },
  ...{ StandardOutput: 1, StandardError: 1, LogRateLimitIntervalSec: 240, LogRateLimitBurst: 240 },
  ...{
    NoNewPrivileges: 187,
    PrivateTmp: 1,
    ProtectSystem: 232,
    ReadWritePaths: 231,
    ProtectHome: 239,
    ProtectProc: 247,
  },
  ...{ BindReadOnlyPaths: 233, ProtectKernelTunables: 232, ProtectKernelModules: 232, ProtectKernelLogs: 244 },
  ...{ ProtectControlGroups: 232, ProtectClock: 245, ProtectHostname: 242, DevicePolicy: 208, DeviceAllow: 208 },
  ...{ RestrictAddressFamilies: 211, RestrictNamespaces: 233, RestrictRealtime: 231, RestrictSUIDSGID: 242 },
  ...{ LockPersonality: 235, SystemCallArchitectures: 209 },
};
