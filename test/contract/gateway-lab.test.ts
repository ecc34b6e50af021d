import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import * as kvm from "../../index";
import type { Properties } from "./engine";

/** Tests the resources that a program with a GatewayLab registers, its outputs, and errors in its arguments. */
describe("a gateway lab in a program", () => {
  const registered: { type: string; name: string; inputs: Properties }[] = [];
  before(() =>
    pulumi.runtime.setMocks({ newResource: ({ type, name, inputs }) => made(type, name, inputs), call: () => ({}) }),
  );
  beforeEach(() => {
    registered.length = 0;
  });

  function made(type: string, name: string, inputs: Properties) {
    registered.push({ type, name, inputs });
    const linkLocal = `fe80::${name.replaceAll(/[^0-9a-f]/g, "")}%br0`;
    const outputs = { name, content: "an image", linkLocal, ssh: `ssh ${name}`, console: "socat", result: "ok" };
    return { id: name, state: { ...outputs, macAddresses: [], addresses: networkOf(inputs)?.addresses, ...inputs } };
  }

  const networkOf = ({ cloudInit }: Properties) =>
    (cloudInit as { network?: { addresses: string[]; gateway?: string; nameservers?: string[] } } | undefined)?.network;
  const tower = () => new kvm.Host("tower", { user: "lab", address: "192.0.2.1" });
  const value = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));
  const ofKind = (kind: string) => registered.filter(({ type }) => type.endsWith(`kvm:${kind}`));

  const inputsOf = (guest: string) => ofKind("Guest").find(({ name }) => name === guest)?.inputs ?? {};

  it("needs only a host and an image", async () => {
    const lab = new kvm.GatewayLab("lab", { host: tower(), image: "/srv/debian.qcow2" });
    assert.deepEqual(Object.keys(await value(lab.guests)), ["deb1", "deb2", "deb3"]);
    assert.deepEqual(Object.keys(await value(lab.proof)), [
      ...["deb2 → deb1 ping", "deb2 → deb3 ping", "deb3 → deb1 ping", "deb3 → deb2 ping"],
    ]);
    const networks = ofKind("Guest").map(({ inputs }) => networkOf(inputs));
    assert.deepEqual(networks.map((network) => [network?.addresses[0], network?.gateway]).sort(), [
      ["192.168.50.1/24", undefined],
      ["192.168.50.2/24", "192.168.50.1"],
      ["192.168.50.3/24", "192.168.50.1"],
    ]);
  });

  it("has outputs that say how to reach its guests, for ssh and for Ansible", async () => {
    const lab = new kvm.GatewayLab("lab", { host: tower(), image: "/srv/debian.qcow2", guests: 1 });
    const { deb2 } = await value(lab.guests);
    assert.deepEqual([deb2?.ssh, deb2?.console, deb2?.addresses], ["ssh lab-deb2", "socat", ["192.168.50.2/24"]]);
    const block = `Host deb2\n  HostName ${deb2?.linkLocal.replace("%", "%%")}\n  User root\n  ProxyJump lab@192.0.2.1\n`;
    assert.ok((await value(lab.sshConfig)).includes(block), await value(lab.sshConfig));
    const { hosts, vars } = parse(await value(lab.inventory)).all;
    assert.deepEqual(hosts.deb2, { ansible_host: deb2?.linkLocal, lan_addresses: ["192.168.50.2/24"] });
    assert.equal(vars.ansible_ssh_common_args, "-J lab@192.0.2.1");
  });

  it("resolves names through the gateway, or with the given name servers", async () => {
    const given = { host: tower(), image: "/srv/debian.qcow2", guests: 1 };
    const asked = async (more: object) => {
      registered.length = 0;
      await value(new kvm.GatewayLab("lab", { ...given, ...more }).proof);
      return ["lab-deb1", "lab-deb2"].map((guest) => networkOf(inputsOf(guest))?.nameservers);
    };
    assert.deepEqual(await asked({}), [undefined, ["10.0.2.3"]]);
    assert.deepEqual(await asked({ nameservers: ["9.9.9.9"] }), [undefined, ["9.9.9.9"]]);
  });

  it("can exist twice in one stack, with different paths", async () => {
    const host = tower();
    const labs = ["left", "right"].map((name) => new kvm.GatewayLab(name, { host, image: "/srv/debian.qcow2" }));
    for (const lab of labs) await value(lab.proof);
    const places = registered.filter(({ inputs }) => inputs.path).map(({ type, inputs }) => `${type} ${inputs.path}`);
    assert.equal(new Set(places).size, places.length);
    assert.equal(places.filter((place) => place.includes(" left/")).length, (places.length - 1) / 2);
    assert.equal(places.filter((place) => place.includes(" right/")).length, (places.length - 1) / 2);
  });

  it("takes outputs of other resources, and computes addresses from them", async () => {
    const later = <T>(value: T) => pulumi.output(new Promise<T>((resolve) => setTimeout(() => resolve(value), 20)));
    const lab = new kvm.GatewayLab("lab", {
      ...{ host: later(tower()), image: later("/srv/debian.qcow2"), cidr: later("10.0.0.0/24") },
      guests: { deb2: { memoryMiB: later(512) }, deb3: { address: later("10.0.0.9") } },
      ...{ sshAuthorizedKeys: [later("ssh-ed25519 AAAA")], probe: { url: later("http://198.18.0.1/") } },
    });
    assert.deepEqual(Object.keys(await value(lab.proof)).length, 6);
    const addresses = ["lab-deb1", "lab-deb2", "lab-deb3"].map((guest) => networkOf(inputsOf(guest))?.addresses);
    assert.deepEqual(addresses, [["10.0.0.1/24"], ["10.0.0.2/24"], ["10.0.0.9/24"]]);
    assert.equal(networkOf(inputsOf("lab-deb2"))?.gateway, "10.0.0.1");
    assert.equal(inputsOf("lab-deb2").memoryMiB, 512);
    assert.ok((await value(lab.sshConfig)).includes("ProxyJump lab@192.0.2.1"));
    assert.equal(ofKind("Image")[0]?.inputs.source, "/srv/debian.qcow2");
  });

  it("registers its arguments, with user data as a secret", async () => {
    const gateway = { userData: "#cloud-config" };
    const lab = new kvm.GatewayLab("lab", { host: tower(), image: "/srv/a.qcow2", cidr: "10.0.0.0/24", gateway });
    await value(lab.proof);
    const inputs = registered.find(({ type }) => type === "kvm:index:GatewayLab")?.inputs ?? {};
    assert.deepEqual([inputs.image, inputs.cidr], ["/srv/a.qcow2", "10.0.0.0/24"]);
    assert.match(JSON.stringify(inputs.gateway), /1b47061264138c4ac30d75fd1eb44270.*#cloud-config/);
  });

  it("refuses a wrong value of an output when the value is known, before it makes a guest", async () => {
    const made: unknown[] = [];
    const args = { host: tower(), image: "/srv/debian.qcow2", cidr: pulumi.output("10.0.0.0/30") };
    const failure = new Promise<Error>((resolve) => process.once("unhandledRejection", resolve as never));
    const lab = new kvm.GatewayLab("lab", args);
    lab.guests.apply((guests) => made.push(guests));
    assert.match(String(await failure), /guests\.deb3\.address: 10\.0\.0\.3 is the address of the network/);
    assert.deepEqual([made, ofKind("Guest")], [[], []]);
  });

  const wrong: [object, string][] = [
    [
      { guests: pulumi.output(2) },
      "guests: must not be an output of another resource, because the lab needs it to register its resources. Give the value itself [KVM1011]",
    ],
    [{ guests: { deb2: pulumi.output({}) } }, "guests.deb2: must not be an output of another resource"],
    [{ guests: { deb2: { nic: pulumi.output({}) } } }, "guests.deb2.nic: must not be an output of another resource"],
    [{ gateway: { name: pulumi.output("deb1") } }, "gateway.name: must not be an output of another resource"],
    [{ probe: Promise.resolve({}) }, "probe: must not be an output of another resource"],
    [{ gests: 3 }, "gests: unknown property. Known properties: host, image, accelerator"],
    [
      { guests: { deb2: { memory: 1 } } },
      "guests.deb2.memory: unknown property. Known properties: memoryMiB, vcpus, nic",
    ],
    [{ gateway: { nic: { mac: "" } } }, "gateway.nic.mac: unknown property. Known properties: model, macAddress"],
    [{ host: undefined }, "host: is required"],
    [{ host: "tower" }, "host: must be a Host [KVM1004]"],
    [{ image: undefined }, "image: is required"],
    [{ guests: -1 }, "guests: invalid number of guests -1 [KVM1004]"],
    [{ guests: 1.5 }, "guests: invalid number of guests 1.5"],
    [{ accelerator: "hvf" }, 'accelerator: Invalid option: expected one of "auto"|"kvm"|"tcg"'],
    [{ cidr: "192.168.50.0" }, 'cidr: invalid network "192.168.50.0": must be a network such as 192.168.50.0/24'],
    [{ gateway: { address: "10.0.0.1" } }, "gateway.address: 10.0.0.1 is not in 192.168.50.0/24"],
    [{ guests: { deb2: { address: "x" } } }, 'guests.deb2.address: invalid IP address "x"'],
    [
      { cidr: "192.168.50.0/30" },
      "guests.deb3.address: 192.168.50.3 is the address of the network 192.168.50.0/30 itself",
    ],
    [{ cidr: "192.168.50.0/30", guests: 4 }, "guests.deb4.address: 192.168.50.4 is not in 192.168.50.0/30"],
    [
      { guests: { deb2: { address: "192.168.50.1" } } },
      "guests.deb2.address: gateway.address has 192.168.50.1 already",
    ],
    [{ gateway: { name: "deb2" } }, "guests.deb2.name: gateway.name has deb2 already [KVM1005]"],
    [
      { guests: { a: { nic: { macAddress: "52:54:00:00:00:01" } }, b: { nic: { macAddress: "52:54:00:00:00:01" } } } },
      "guests.b.nic.macAddress: guests.a.nic.macAddress has 52:54:00:00:00:01 already",
    ],
  ];
  for (const [args, text] of wrong) {
    it(`is refused: ${text}`, () => {
      const given: object = { host: tower(), image: "/srv/debian.qcow2", ...args };
      assert.throws(
        () => new kvm.GatewayLab("lab", given as kvm.GatewayLabArgs),
        (error) => error instanceof pulumi.ResourceError && error.hideStack === true && error.message.includes(text),
      );
      assert.deepEqual(ofKind("Guest"), []);
    });
  }
});
