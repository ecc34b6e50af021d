import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../tools/checkout";
import { changes, succeeds } from "../e2e/expect";
import { makeStack, type Stack } from "../e2e/stack";

/**
 * The types of the labs had other names in version 0.1.0. The CLI and the SDK are real. The provider is a stand-in that
 * contacts no host, because only the engine decides what an alias means.
 */
describe("a stack with labs of version 0.1.0", () => {
  let folder: string;
  let stack: Stack;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pulumi-kvm-labs-"));
    const modules = await modulesWithStandIn(folder);
    stack = await makeStack({ folder, program: program(256), modules });
    await succeeds(stack.up());
    await writeFile(join(folder, "state.json"), asOfVersion010(JSON.stringify(await stack.exported())));
    await stack.import(join(folder, "state.json"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("keeps each resource, and registers the labs with their new types and their arguments", async () => {
    const before = await stack.resources();
    assert.match(before.lab?.urn ?? "", /::kvm:GatewayLab::lab$/);
    assert.match(before["lab-deb1-host"]?.urn ?? "", /::kvm:GatewayLab\$.*kvm:Guest\$.*kvm:Host::lab-deb1-host$/);
    await changes(stack.up(), { lab: "update", office: "update" });
    const after = await stack.resources();
    assert.deepEqual(Object.keys(after).sort(), Object.keys(before).sort());
    assert.deepEqual([after.lab?.type, after.office?.type], ["kvm:index:GatewayLab", "kvm:index:PublicBridgeLab"]);
    assert.equal(after.lab?.inputs.cidr, "10.0.0.0/24");
    for (const { urn } of Object.values(after)) assert.doesNotMatch(urn, /kvm:(GatewayLab|PublicBridgeLab)/);
  });

  it("is unchanged in the next up, and a changed guest is updated in place", async () => {
    await changes(stack.up(), {});
    await stack.write(program(512));
    const { changes: planned, output } = await succeeds(stack.preview());
    const others = Object.keys(planned).filter((name) => !name.includes("deb2"));
    assert.deepEqual([planned["lab-deb2"], planned.lab, others], ["update", "update", ["lab"]], output);
  });
});

const program = (memoryMiB: number) => `
  import * as kvm from "pulumi-kvm";
  const host = new kvm.Host("tower");
  const image = new kvm.Image("debian", { host, source: "/srv/debian.qcow2" });
  const guests = { deb2: { memoryMiB: ${memoryMiB} } };
  new kvm.GatewayLab("lab", { host, image, cidr: "10.0.0.0/24", guests });
  const bridge = new kvm.PublicBridge("lan", { host, nic: "eth0" });
  new kvm.PublicBridgeLab("office", { host, image, bridge });
  const plain = new kvm.Bridge("plain", { host });
  new kvm.Tap("as-plain", { host, bridge: plain.name, mtu: plain.mtu });
`;

/** The state as version 0.1.0 wrote it: other types of the labs, which are a part of the URNs too, and no inputs. */
function asOfVersion010(state: string): string {
  const exported = JSON.parse(state.replaceAll(/kvm:index:(GatewayLab|PublicBridgeLab)/g, "kvm:$1"));
  for (const resource of exported.deployment.resources)
    if (/^kvm:/.test(resource.type))
      Object.assign(resource, { inputs: {}, dependencies: [], propertyDependencies: {} });
  return JSON.stringify(exported);
}

/** The packages of this checkout, but the provider of this one is a stand-in. */
async function modulesWithStandIn(folder: string): Promise<string> {
  const modules = join(folder, "node_modules");
  const own = join(modules, "pulumi-kvm");
  await mkdir(join(own, "provider"), { recursive: true });
  for (const name of await readdir(join(checkout, "node_modules")))
    if (name !== "pulumi-kvm" && !name.startsWith("."))
      await symlink(join(checkout, "node_modules", name), join(modules, name));
  await writeFile(join(own, "package.json"), JSON.stringify({ name: "pulumi-kvm", main: "./index.js" }));
  await writeFile(join(own, "index.js"), `module.exports = require(${JSON.stringify(checkout)});`);
  await writeFile(join(own, "provider/index.js"), standIn);
  return modules;
}

/** Checks arguments as the provider does, and takes every object for made as desired. */
const standIn = `
const { isDeepStrictEqual } = require("node:util");
const { checkArguments } = require(${JSON.stringify(join(checkout, "bin/provider/lifecycle/check"))});
const { kindOf } = require(${JSON.stringify(join(checkout, "bin/provider/kinds"))});
const outputs = { linkLocal: "fe80::1%br0", content: "${"a".repeat(64)}.qcow2", machineId: "1", pinnedKey: "k", hostKey: "k", revision: "r", ipAddresses: ["192.0.2.1/24"], result: "ok", source: "192.0.2.2" };
const of = ({ __provider, ...inputs }) => ({ ...outputs, ...inputs, __provider });
module.exports = (kind) => ({
  check: async (olds, news) => {
    const { inputs, failures } = checkArguments(kindOf(kind), olds, news);
    return { inputs: { ...inputs, __provider: news.__provider }, failures };
  },
  diff: async (id, olds, news) => ({ changes: Object.keys(news).some((key) => !isDeepStrictEqual(olds[key], news[key])) }),
  create: async (inputs) => ({ id: inputs.name, outs: of(inputs) }),
  update: async (id, olds, news) => ({ outs: of(news) }),
  read: async (id, props) => ({ id, props }),
  delete: async () => undefined,
});
`;
