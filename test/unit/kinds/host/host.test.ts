import assert from "node:assert/strict";
import type { Plan } from "../../../../provider/core/kind";
import { coded } from "../../../../provider/core/problem";
import { text } from "../../../../provider/core/shell";
import { kindOf } from "../../../../provider/kinds";
import { checked, type Given } from "../../support/given";

/** Tools that a host lacks, and the package manager that installs them. */
describe("the plan of a Host", () => {
  const needed = ["ip", "flock", "systemctl", "sha256sum"];
  const planned = (args: Given, ...tools: string[]): Plan => {
    const want = checked("Host", "tower", { host: { name: "tower" }, ...args });
    return kindOf("Host").plan(want, { machine: { architecture: "x86_64", tools }, records: {} });
  };

  it("refuses a host without a required tool, with the package and a remedy", () => {
    const [first] = planned({}, "ip", "flock", "systemctl", "apt-get");
    assert.deepEqual(first, {
      does: "refuse",
      code: "KVM3301",
      text: 'the host does not have sha256sum (package coreutils). Install the package, or set packages: "install" on the Host',
    });
  });

  it('installs missing packages with packages: "install", and none when all are there', () => {
    const equipment = ["iptables", "curl", "ssh-keygen", "socat", "apt-get"];
    const [first, ...rest] = planned({ packages: "install" }, ...needed, ...equipment);
    assert.ok(first?.does === "run" && first.purpose === "install qemu-utils, qemu-system-x86");
    const install = "apt-get install -y -q --no-install-recommends qemu-utils qemu-system-x86";
    assert.ok(text(first.command).includes(install), text(first.command));
    const all = planned({ packages: "install" }, ...needed, ...equipment, "qemu-img", "qemu-system-x86_64");
    assert.equal(all.length, rest.length);
  });

  it("installs with dnf, under the package names of Fedora and RHEL", () => {
    const want = checked("Host", "tower", { host: { name: "tower" }, packages: "install" });
    const machine = { architecture: "x86_64", tools: [...needed, "curl", "socat"], dnf: true, libexecQemu: "" };
    const [first] = kindOf("Host").plan(want, { machine, records: {} });
    assert.ok(first?.does === "run");
    assert.match(text(first.command), /^dnf install -y .* iptables-nft qemu-img openssh qemu-kvm$/);
  });

  it("keeps the output facts as in version 0.1.0, because more would show as drift", () => {
    const shown = { distribution: "", version: "", kernel: "", architecture: "", tools: [], kvm: "usable", tun: true };
    const machine = { ...shown, groups: [], libexecQemu: "", userNetwork: true, opensTaps: true, dnf: false };
    const outputs = kindOf("Host").outputs(checked("Host", "tower", { host: { name: "tower" } }), {
      ...{ machine, machineId: "0", records: {}, connection: { hostKey: "" } },
    });
    assert.deepEqual(outputs.facts, shown);
  });

  it("lists what to install by hand when the host has no apt-get", () => {
    const [first] = planned({ packages: "install" }, ...needed);
    assert.ok(first?.does === "refuse");
    assert.match(
      coded(first),
      /does not have iptables .*qemu-img \(package qemu-utils\).*neither apt-get nor dnf.*\[KVM3302\]$/,
    );
  });
});
