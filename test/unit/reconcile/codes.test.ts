import assert from "node:assert/strict";
import { cancelled } from "../../../provider/core/cancellation";
import { kindOf } from "../../../provider/kinds";
import { contentOf, type Origin } from "../../../provider/kinds/public-bridge/backend";
import type { HostView, Seen } from "../../../provider/reconcile/host-view";
import { ensure } from "../../../provider/reconcile/reconcile";
import { failure } from "../support/failure";
import { checked, type Given } from "../support/given";

/** A host with these facts. Each command on it fails at the step that does the work of the plan. */
function failingHost(facts: Given): HostView {
  const seen = async () => ({ records: {}, machineId: "", connection: { hostKey: "" }, ...facts }) as unknown as Seen;
  return {
    observe: seen as HostView["observe"],
    observeAnew: seen as HostView["observeAnew"],
    commit: async (member) => {
      const at = member.findIndex((step) => step.does === "run" && step.failure);
      return { code: 1, at: Math.max(at, 0), output: "it says why\nin two lines" };
    },
    put: async () => undefined,
    change: async () => undefined,
  };
}

const machine = {
  architecture: "x86_64",
  tools: ["qemu-system-x86_64", "qemu-img"],
  kvm: "usable",
  tun: true,
  groups: [],
};
const filter = { bridgeNetfilter: { active: false, v4: false, v6: false }, packetFilter: [], qemuVersion: "10.0.0" };
const fetching = (state: string) => ({ images: {}, fetch: { state, store: true, log: "" } });

describe("a command that fails", () => {
  const cases: [code: string, kind: string, args: Given, facts: Given][] = [
    ["KVM3001", "Disk", { sizeGiB: 1 }, { disks: {}, images: {}, guests: {}, machine }],
    ["KVM3303", "Host", { host: { name: "tower" }, packages: "install" }, { machine: { ...machine, dnf: true } }],
    ["KVM4002", "Tap", {}, { links: {} }],
    ["KVM4102", "Route", { destination: "10.9.0.0/16", device: "br0" }, { there: {} }],
    [
      "KVM4204",
      "Sysctl",
      { key: "net.ipv4.ip_forward", value: 1 },
      { sysctl: { state: "readable", value: "0", files: [] }, shares: { wishes: [] } },
    ],
    ["KVM6006", "Guest", {}, { guests: {}, disks: {}, images: {}, keys: [], links: {}, machine, ...filter }],
    ["KVM6203", "Image", { source: "/srv/a.raw" }, fetching("failed")],
  ];
  for (const [code, kind, args, facts] of cases) {
    it(`has the code ${code} for a ${kind}, and its output`, async () => {
      const want = checked(kind, "web", args);
      const ends = ensure(failingHost(facts), kindOf(kind), want);
      await assert.rejects(ends, failure(code, /^Unable to create .* failed \(exit 1\): it says why\nin two lines$/));
    });
  }
});

describe("a wait", () => {
  const image = checked("Image", "web", { source: "/srv/a.raw", timeoutSeconds: 0.1 });
  const kind = { ...kindOf("Image"), noManifest: true };

  it("has the code of its kind at the time limit", async () => {
    const { now } = performance;
    let minutes = 0;
    performance.now = () => 60_000 * minutes++;
    try {
      const late = ensure(failingHost(fetching("active")), kind, image);
      await assert.rejects(late, failure("KVM6204", /fetching the image: not within/));
    } finally {
      performance.now = now;
    }
  });

  it("has a code of its own when Pulumi is cancelled", async () => {
    Object.defineProperty(cancelled, "aborted", { value: true, configurable: true });
    try {
      const ends = ensure(failingHost(fetching("active")), kind, image);
      await assert.rejects(ends, failure("KVM3003", /fetching the image: interrupted/));
    } finally {
      Reflect.deleteProperty(cancelled, "aborted");
    }
  });
});

describe("an object that another program deletes at once", () => {
  it("makes the run fail after 12 attempts", async () => {
    const view = failingHost({ links: {} });
    const deleted: HostView = { ...view, commit: async () => ({ code: 0, at: 0, output: "" }) };
    const ends = ensure(deleted, kindOf("Tap"), checked("Tap", "web"));
    await assert.rejects(ends, failure("KVM3002", /after 12 attempts the host still needs: .*make the tap/));
  });
});

it("a record of a NIC without a file is reported", () => {
  const origin = { nic: "eth0", files: {} } as unknown as Origin;
  assert.throws(() => contentOf(origin, "/etc/network/interfaces"), failure("KVM7114", /does not have the file/));
});
