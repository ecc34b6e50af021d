import assert from "node:assert/strict";
import type { Plan, Step } from "../../../../provider/core/kind";
import { mark } from "../../../../provider/core/mark";
import { sha256 } from "../../../../provider/core/names";
import { coded } from "../../../../provider/core/problem";
import { text } from "../../../../provider/core/shell";
import { kindOf } from "../../../../provider/kinds";
import { firstStartScript } from "../../../../provider/kinds/guest/first-start-script";
import type { GuestWant } from "../../../../provider/kinds/guest/guest-args";
import { guestFiles } from "../../../../provider/kinds/guest/guest-files";
import type { GuestState } from "../../../../provider/kinds/guest/guest-state.fact";
import type { Machine } from "../../../../provider/kinds/host/machine.fact";
import { checked, type Given } from "../../support/given";

describe("the plan of a Guest", () => {
  const guest = kindOf("Guest");
  const machine = {
    ...{ architecture: "x86_64", tools: ["qemu-system-x86_64"], kvm: "usable", tun: true, groups: [] },
  } as unknown as Machine;
  const link = (master?: string) => ({ master });
  const facts = {
    ...{
      guests: {},
      disks: {},
      images: {},
      machine,
      qemuVersion: "10.0",
      keys: [] as string[],
      links: { t1: link("br0"), t2: link("br0") },
    },
    ...{ bridgeNetfilter: { active: true, v4: true, v6: true }, packetFilter: [] },
  };
  const wanted = (args: Given = {}) =>
    checked<GuestWant>("Guest", "web", { name: "web", nics: [{ tap: "t1" }], ...args });
  const planned = (want: GuestWant, more: object = {}) => shown(guest.plan(want, { ...facts, ...more }));
  const shown = (plan: Plan) =>
    plan.map((step) =>
      step.does === "run" ? step.purpose || text(step.command) : step.does === "refuse" ? coded(step) : waitCode(step),
    );

  /** The facts of a guest that runs with these arguments. */
  function running(want: GuestWant, more: Partial<GuestState> = {}): { guests: Record<string, GuestState> } {
    const files = guestFiles(want, facts);
    const hashes = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, sha256(content)]));
    const web: GuestState = {
      ...{ name: "web", active: "active", enabled: true, description: mark(want), pid: 7, files: hashes, hostKeys: [] },
      ...{ startedBy: hashes.start ?? "", taps: ["t1"], disks: [], linksDown: [], ...more },
    };
    return { guests: { web } };
  }

  it("turns BMI2 off from the guest's next start when an old QEMU emulates it wrongly", () => {
    const slow = wanted({ accelerator: "tcg" });
    const cpu = (qemuVersion: string) =>
      / cpu=(\S+)$/m.exec(guestFiles(slow, { ...facts, qemuVersion }).start ?? "")?.[1];
    assert.deepEqual(["5.2", "7.1", "7.2", "10.0", ""].map(cpu), ["max,bmi2=off", "max,bmi2=off", "max", "max", "max"]);
    const old = { ...running(slow), qemuVersion: "5.2" };
    assert.deepEqual(planned(slow, old), ["write start of the guest"]);
  });

  it("is empty when the guest runs as desired", () => {
    assert.deepEqual(planned(wanted(), running(wanted())), []);
  });

  it("refuses to create a guest whose frames the host would drop, with the rule that drops them", () => {
    const dropped = [{ name: "iptables filter", chains: { FORWARD: { hook: "forward", policy: "drop", rules: [] } } }];
    assert.match(
      planned(wanted(), { packetFilter: dropped }).join(),
      /^IPv4 between guests on br0 is dropped by the policy DROP of iptables filter FORWARD.*\[KVM5005\]$/,
    );
    const alone = { packetFilter: dropped, links: { t1: link("br0"), t2: link("br1") } };
    assert.equal(planned(wanted(), alone).at(-1), "start the guest", "there is nobody to talk to");
  });

  it("continues with an existing guest, and warns that the host drops its frames", () => {
    const packetFilter = [
      { name: "iptables filter", chains: { FORWARD: { hook: "forward", policy: "drop", rules: [] } } },
    ];
    const seen = { ...facts, packetFilter };
    const warned = /^IPv4 between guests on br0 is dropped by the policy DROP of iptables filter FORWARD/;
    assert.match(guest.warns?.(wanted(), { ...seen, ...running(wanted()) })[0]?.text ?? "", warned);
    assert.deepEqual(guest.warns?.(wanted(), seen), [], "what is refused is not warned of");
    assert.deepEqual(planned(wanted(), { packetFilter, ...running(wanted()) }), [], "a warning alone is no plan");
    const [said, ...steps] = guest.plan(wanted({ accelerator: "tcg" }), { ...seen, ...running(wanted()) });
    assert.match(said?.does === "warn" ? said.text : "", warned);
    assert.deepEqual(shown(steps), ["write start of the guest", "press the power button", "wait KVM6008"]);
    const stopped = running(wanted(), { active: "inactive" });
    assert.deepEqual(planned(wanted(), { packetFilter, ...stopped }), ["warn", "start the guest"]);
  });

  it("restarts the guest when its tap was created again, which shows as link: false", () => {
    const dead = running(wanted(), { taps: [] });
    const { nics } = guest.actual(wanted(), { ...facts, ...dead }) as unknown as GuestWant;
    assert.equal(nics[0]?.link, false);
    assert.deepEqual(planned(wanted(), dead), ["press the power button", "wait KVM6008"]);
  });

  it("names a missing program with the package of the host's distribution", () => {
    const on = (more: Partial<Machine>, args: Given = {}) =>
      planned(wanted(args), { machine: { ...machine, ...more } as Machine }).join();
    const user = { nics: [{ user: {} }] };
    assert.match(on({ tools: [], dnf: true }), /the host does not have qemu-system-x86_64 \(package qemu-kvm\)/);
    assert.match(
      on({ opensTaps: false }),
      /does not have perl or python3, which open a tap for its guest\. Install perl-base \[KVM3301\]/,
    );
    const rhel = { tools: [], libexecQemu: "/usr/libexec/qemu-kvm", userNetwork: false, distribution: "almalinux" };
    assert.match(
      on(rhel, user),
      /\/usr\/libexec\/qemu-kvm does not have the user-mode network \(almalinux leaves it out\)\. Use a tap .* \[KVM6003\]$/,
    );
    assert.match(on(rhel), /start the guest$/);
    assert.match(on({}, user), /does not have nft or iptables.* Install nftables, or set hostLoopback: true/);
    assert.match(on({}, { nics: [{ user: { hostLoopback: true } }] }), /start the guest$/);
  });

  it("names a device, tap, disk or image that the guest needs and the host does not have", () => {
    const on = (more: Partial<Machine>, args: Given = {}, seen: object = {}) =>
      planned(wanted(args), { machine: { ...machine, ...more } as Machine, ...seen }).join();
    assert.match(on({ tun: false }), /^\/dev\/net\/tun is missing\. Load the module: modprobe tun \[KVM6001\]$/);
    assert.match(on({ kvm: "no /dev/kvm" }, { accelerator: "kvm" }), /^\/dev\/kvm is missing\. .* \[KVM6002\]$/);
    assert.match(on({}, { nics: [{ tap: "t9" }] }), /^the tap t9 does not exist \[KVM6004\]$/);
    assert.match(on({}, { disks: ["d9"] }), /^the disk d9 does not exist \[KVM6005\]$/);
    const image = `${"a".repeat(64)}.qcow2`;
    const disks = { disks: { d1: { bytes: 1, written: true, image } } };
    assert.match(on({}, { disks: ["d1"] }, disks), /disk d1 is not reliable: its base image .* \[KVM6201\]$/);
    const written = { ...disks, images: { [image]: { bytes: 1, modified: 7 } } };
    assert.match(on({}, { disks: ["d1"] }, written), /another program changed the image .* \[KVM6202\]$/);
  });

  it("names several reasons at once, each code once", () => {
    const nics = [{ tap: "t7" }, { tap: "t8" }];
    const gone = planned(wanted({ nics, disks: ["d9"] })).join();
    assert.equal(
      gone,
      "the tap t7 does not exist; the tap t8 does not exist [KVM6004]; the disk d9 does not exist [KVM6005]",
    );
  });

  it("waits until the guest is ready", () => {
    const want = wanted({ waitFor: { ssh: true } });
    const ready = { open: false, greeting: "", cloudInit: false, hostKeys: [], failures: [], console: [] };
    assert.deepEqual(planned(want, { ...running(want), ready }), ["wait KVM6007"]);
  });

  it("keeps a guest of version 0.1.0 running while its virtual machine is as desired", () => {
    const startedBy = sha256(firstStartScript(wanted(), machine));
    const files = { start: startedBy, stop: "", unit: "" };
    const first = running(wanted(), { startedBy, files });
    assert.match(
      planned(wanted(), first).join("|"),
      /^write prepare, launch, start, stop, cleanup, connect, unit of the guest$/,
    );
    assert.match(planned(wanted({ vcpus: 2 }), first).join("|"), /\|press the power button\|wait KVM6008$/);
  });

  it("restarts the guest for an argument that QEMU reads at its start, but not for a link", () => {
    for (const change of [
      { memoryMiB: 1024 },
      { vcpus: 2 },
      { accelerator: "tcg" },
      { nics: [{ tap: "t1", model: "e1000" }] },
    ]) {
      const [written, ...restarted] = planned(wanted(change), running(wanted()));
      assert.match(written ?? "", /^write start.* of the guest$/);
      assert.deepEqual(restarted, ["press the power button", "wait KVM6008"], JSON.stringify(change));
    }
    const out = { nics: [{ tap: "t1", link: false }] };
    assert.deepEqual(planned(wanted(out), running(wanted())), ["plug out eth0"]);
    assert.deepEqual(planned(wanted(), running(wanted(), { linksDown: [0] })), ["plug in eth0"]);
  });

  it("passes the model of each NIC and its forwarded ports to QEMU", () => {
    const models = ["virtio", "e1000", "rtl8139", "ne2k_pci"];
    const forward = { protocol: "udp", hostAddress: "::1", hostPort: 5353, guestPort: 53 };
    const nics = models.map((model) => ({ user: { hostForwards: [{ ...forward, hostPort: 80 }, forward] }, model }));
    const { start = "" } = guestFiles(wanted({ nics }), facts);
    const devices = [...start.matchAll(/-device ([\w-]+),id=nic\d,netdev=net\d,mac=/g)].map(([, model]) => model);
    assert.deepEqual(devices, ["virtio-net-pci", "e1000", "rtl8139", "ne2k_pci"]);
    assert.equal(start.split(",hostfwd=udp:[::1]:80-:53,hostfwd=udp:[::1]:5353-:53").length - 1, 4);
  });
});

/** A wait, with the code of its time limit. */
function waitCode(step: Step): string {
  return step.does === "wait" ? `wait ${step.failure("").code}` : step.does;
}
