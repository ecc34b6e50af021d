import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as kvm from "../../index";
import { providerText } from "../../provider/core/resource";
import { guestSchema } from "../../provider/kinds/guest/guest-args";
import type { Properties } from "./engine";

/** How the engine's protocol marks a secret (pulumi/pulumi, sdk/nodejs/runtime/rpc.ts). */
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Tests what a user's program registers with the engine. */
describe("a program", () => {
  const registered: { type: string; name: string; inputs: Properties }[] = [];
  before(() =>
    pulumi.runtime.setMocks(
      {
        newResource: async ({ type, name, inputs }) => {
          // A Sysctl takes some time, so that a test notices a wrong order.
          if (type.endsWith(":Sysctl")) await new Promise((resolve) => setTimeout(resolve, 20));
          registered.push({ type, name, inputs });
          return { id: name, state: inputs };
        },
        call: () => ({}),
      },
      "net",
      "dev",
    ),
  );
  beforeEach(() => {
    registered.length = 0;
  });

  /** Runs a program, and returns its registered resources by name. */
  async function run(program: () => void): Promise<Record<string, { type: string; inputs: Properties }>> {
    program();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return Object.fromEntries(registered.map(({ name, ...rest }) => [name, rest]));
  }

  function hostOf(resource: { inputs: Properties } | undefined): Properties {
    return (resource?.inputs.host ?? {}) as Properties;
  }

  class Own extends pulumi.ComponentResource {
    constructor(name: string, inside: (own: Own) => void, parent?: pulumi.Resource) {
      super("net:own:Own", name, {}, parent ? { parent } : {});
      inside(this);
    }
  }

  const tower = () => new kvm.Host("tower", { address: "tower.example.net" });

  it("registers each resource with its type and the constant provider text, and captures nothing", async () => {
    const { web } = await run(() => void new kvm.Tap("web", { host: tower(), bridge: "br0" }));
    assert.equal(web?.type, "pulumi-nodejs:dynamic/kvm:Tap");
    assert.equal(web?.inputs.__provider, providerText("Tap"));
    assert.deepEqual([web?.inputs.bridge, web?.inputs.path], ["br0", "web"]);
  });

  it("gives a resource the name, the address and the stack of its host", async () => {
    const { web, tower: host } = await run(() => void new kvm.Tap("web", { host: tower() }));
    assert.deepEqual(host?.inputs.host, { name: "tower", stack: "net/dev", address: "tower.example.net" });
    const { name, address, stack } = hostOf(web);
    assert.deepEqual([name, address, stack], ["tower", "tower.example.net", "net/dev"]);
  });

  it("accepts a host with only a name, because an alias in the SSH configuration is enough", async () => {
    const { attic } = await run(() => void new kvm.Host("attic"));
    assert.deepEqual(attic?.inputs.host, { name: "attic", stack: "net/dev" });
  });

  it('turns bridge netfilter off with bridgeNetfilter: "off", before anything uses the bridge', async () => {
    const all = await run(() => {
      const host = tower();
      const lan = new kvm.PublicBridge("lan", { host, nic: "eth0", name: "br0", bridgeNetfilter: "off" });
      new kvm.Tap("web", { host, bridge: lan.name });
    });
    assert.equal(all.lan?.inputs.bridgeNetfilter, "off");
    for (const key of ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"]) {
      const setting = all[`lan-${key}`];
      assert.equal(setting?.type, "pulumi-nodejs:dynamic/kvm:Sysctl");
      const { host: _host, __provider, ...given } = setting.inputs;
      const path = `lan/lan-${key}`;
      assert.deepEqual(given, { key: `net.bridge.${key}`, value: 0, module: "br_netfilter", path });
      assert.equal(hostOf(setting).name, "tower");
    }
    assert.deepEqual([registered.at(-1)?.name, all.web?.inputs.bridge], ["web", "br0"]);
  });

  it("does not change bridge netfilter without that argument, and gets an error for an output as its value", async () => {
    const args = { host: tower(), nic: "eth0" };
    await run(() => void new kvm.PublicBridge("lan", args));
    assert.deepEqual(registered.map(({ name }) => name).sort(), ["lan", "tower"]);
    for (const late of [pulumi.output("off"), Promise.resolve("off")])
      assert.throws(
        () => new kvm.PublicBridge("late", { ...args, bridgeNetfilter: late as unknown as "off" }),
        /bridgeNetfilter: must not be an output of another resource\. Give "off" itself \[KVM1011\]/,
      );
  });

  it("gives each resource its path, through components of any author", async () => {
    const { deep, shallow, top } = await run(() => {
      const host = tower();
      const inner = (name: string) => (own: Own) => void new kvm.Tap(name, { host }, { parent: own });
      new Own("a", (own) => void new Own("lab", inner("deep"), own));
      new Own("lab", inner("shallow"));
      new kvm.Tap("top", { host });
    });
    assert.deepEqual([deep?.inputs.path, shallow?.inputs.path, top?.inputs.path], ["a/lab/deep", "lab/shallow", "top"]);
  });

  it("keeps the state small: a tap takes less than 400 bytes", async () => {
    const { web } = await run(() => void new kvm.Tap("web", { host: tower(), bridge: "br0" }));
    assert.ok(Buffer.byteLength(JSON.stringify(web?.inputs)) < 400, JSON.stringify(web?.inputs));
  });

  it("keeps the call stacks of its own errors", async () => {
    const prepare = Error.prepareStackTrace;
    await run(() => void new kvm.Tap("web", { host: tower() }));
    assert.equal(Error.prepareStackTrace, prepare);
    assert.match(new Error("later").stack ?? "", /program\.test/);
  });

  it("keeps each free text for cloud-init secret in the state, also when it is not marked as a secret", async () => {
    const { shape } = guestSchema.shape.cloudInit.unwrap();
    const texts = Object.keys(shape).filter(
      (key) => shape[key as keyof typeof shape].safeParse("password: x\n").success,
    );
    assert.deepEqual(texts, ["userData", "networkConfig"]);
    for (const key of texts) {
      const args = { host: tower(), cloudInit: { [key]: "password: x\n" } };
      const { web } = await run(() => void new kvm.Guest("web", args));
      assert.ok(JSON.stringify(web?.inputs.cloudInit).includes(secretSignature), key);
    }
    const args = { host: tower(), cloudInit: { hostname: "web" } };
    const { web } = await run(() => void new kvm.Guest("web", args));
    assert.deepEqual(web?.inputs.cloudInit, { hostname: "web" });
  });

  it("compiles only with exactly one target of a Probe", () => {
    type Taken<Args> = Args extends ConstructorParameters<typeof kvm.Probe>[1] ? "taken" : "refused";
    const [none, one, two]: [
      Taken<{ from: kvm.Host }>,
      Taken<{ from: kvm.Host; ping: string }>,
      Taken<{ from: kvm.Host; ping: string; tcp: string }>,
    ] = ["refused", "taken", "refused"];
    assert.deepEqual([none, one, two], ["refused", "taken", "refused"]);
  });

  it("gets an error for the options import and id, with a remedy", async () => {
    const host = tower();
    assert.throws(() => new kvm.Bridge("lan", { host }, { import: "br0" }), {
      message: /^Unable to import Bridge lan: its name does not tell the host.*adopt: true.*\[KVM1008\]$/,
    });
    assert.throws(() => new kvm.Bridge("lan", { host }, { id: "br0" } as pulumi.CustomResourceOptions), {
      message: /^Unable to look up Bridge lan: .*Remove the option id.*\[KVM1008\]$/,
    });
  });

  it("has each declared output of a resource at once, also of an argument that it does not give", async () => {
    const host = tower();
    const tap = new kvm.Tap("web", { host });
    for (const output of [tap.name, tap.bridge, tap.mtu, tap.up, tap.adopt, tap.host, tap.revision, host.packages])
      assert.ok(pulumi.Output.isInstance(output));
    assert.equal(await new Promise((resolve) => tap.mtu.apply(resolve)), undefined);
  });

  it("may give hosts, images and disks as outputs", async () => {
    const { web, late, data } = await run(() => {
      const host = pulumi.output(tower());
      const image = new kvm.Image("debian", { host, source: "/srv/debian.qcow2" });
      const disk = new kvm.Disk("data", { host, image: pulumi.output(image), name: "data" });
      new kvm.Guest("web", { host, disks: [pulumi.output(disk)] });
      new kvm.Guest("late", { host, disks: pulumi.output([disk]) });
    });
    assert.deepEqual([hostOf(web).name, hostOf(data).name], ["tower", "tower"]);
    assert.deepEqual([web?.inputs.disks, late?.inputs.disks], [["data"], ["data"]]);
    assert.ok(data && "content" in data.inputs === false);
  });

  it("passes a wrong host on, so that the provider's check names the argument", async () => {
    const { web } = await run(() => void new kvm.Tap("web", { host: "tower" } as never));
    assert.equal(web?.inputs.host, "tower");
  });

  it("may use a guest as the host of a resource", async () => {
    const { deb1, route } = await run(() => {
      const guest = new kvm.Guest("deb1", { host: tower(), nics: [{ tap: "t0" }] });
      new kvm.Route("route", { host: guest, destination: "default", gateway: "192.168.50.1" });
    });
    assert.equal(deb1?.type, "pulumi-nodejs:dynamic/kvm:Guest");
    assert.deepEqual([hostOf(deb1).name, hostOf(route).name], ["tower", "deb1"]);
    assert.equal((hostOf(route).carrier as { host: Properties }).host.name, "tower");
  });
});
