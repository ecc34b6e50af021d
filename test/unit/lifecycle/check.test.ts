import assert from "node:assert/strict";
import fc from "fast-check";
import { isUnknown, unknownValue } from "../../../provider/core/unknown";
import { kindOf, kinds } from "../../../provider/kinds";
import { checkArguments } from "../../../provider/lifecycle/check";
import { type Given, given, tower } from "../support/given";

function check(kind: string, news: Given, olds: Given = {}) {
  const { inputs, failures } = checkArguments(kindOf(kind), olds, { ...news, __provider: "text" });
  for (const { property } of failures) assert.equal(property, "", "the engine would print the property's value");
  return { inputs, reasons: failures.map(({ reason }) => reason) };
}

describe("check", () => {
  it("names the argument host if a program gives something else than a Host", () => {
    const { failures } = checkArguments(kindOf("Tap"), {}, { host: "tower", path: "web" });
    assert.deepEqual(
      failures.map(({ reason }) => reason),
      ["host: must be a Host or a Guest [KVM1003]"],
    );
  });

  it("fills in constants and names derived from the path, and keeps given values", () => {
    const { inputs, reasons } = check("Tap", given("lab/web", { mtu: 1400, up: false }));
    assert.deepEqual(reasons, []);
    assert.deepEqual(
      { ...inputs, name: "" },
      { host: tower, path: "lab/web", name: "", mtu: 1400, up: false, persistent: true },
    );
    assert.match(String(inputs.name), /^web-/);
  });

  it("removes __provider, which belongs to the engine", () => {
    assert.equal("__provider" in check("Tap", given("web")).inputs, false);
  });

  it("treats undefined and null as not given", () => {
    const { inputs, reasons } = check("Tap", given("web", { mtu: null, bridge: undefined, up: null }));
    assert.deepEqual(reasons, []);
    assert.deepEqual([inputs.up, "mtu" in inputs, "bridge" in inputs], [true, false, false]);
  });

  it("names an unknown property, and lists the known ones", () => {
    const { reasons } = check("Tap", given("web", { bridgeName: "br0" }));
    assert.deepEqual(reasons, [
      "bridgeName: unknown property. Known properties: host, name, bridge, user, mtu, up, persistent, adopt [KVM1001]",
    ]);
  });

  it("names the path of a wrong or missing argument, at any depth", () => {
    const nics = [{ user: { hostForwards: [{ hostPort: 70_000, guestPort: 22, extra: 1 }] } }, {}];
    const { reasons } = check("Guest", given("web", { nics }));
    assert.deepEqual(reasons.sort(), [
      "nics.0.user.hostForwards.0.extra: unknown property [KVM1001]",
      "nics.0.user.hostForwards.0.hostPort: invalid port 70000: must be 1 to 65535 [KVM1004]",
      "nics.1: exactly one of tap and user is required [KVM1005]",
    ]);
    assert.deepEqual(check("Image", given("debian")).reasons, ["source: is required (string) [KVM1002]"]);
  });

  it("refuses a gateway outside the networks of the guest", () => {
    const reasons = (network: Given) => check("Guest", given("web", { cloudInit: { network } })).reasons;
    const addresses = ["192.168.50.2/24", "fd50::2/64"];
    for (const gateway of ["192.168.50.1", "fd50::1", "fe80::1"]) assert.deepEqual(reasons({ addresses, gateway }), []);
    for (const gateway of ["192.168.51.1", "fd51::1"]) {
      assert.deepEqual(reasons({ addresses, gateway }), [
        `cloudInit.network.gateway: ${gateway} is not in 192.168.50.2/24 or fd50::2/64. A gateway must be in a network of the guest [KVM1005]`,
      ]);
    }
    assert.match(String(reasons({ addresses: [], gateway: "10.0.0.1" })), /gateway: 10\.0\.0\.1 is given without an/);
    const both = ["192.168.50.1", "fd50::1"];
    assert.deepEqual(reasons({ addresses, gateway: both }), []);
    assert.match(
      String(reasons({ addresses, gateway: ["192.168.51.1", "fd50::1"] })),
      /gateway: 192\.168\.51\.1 is not in/,
    );
    assert.match(
      String(reasons({ addresses, gateway: [...both, "fe80::1"] })),
      /have the same IP family\. Give at most one gateway/,
    );
    const oneHost = ["203.0.113.7/32", "2001:db8::7/128"];
    assert.deepEqual(reasons({ addresses: oneHost, gateway: ["198.51.100.1", "2001:db8:f::1"] }), []);
    assert.match(String(reasons({ addresses: ["203.0.113.7/32"], gateway: "fd50::1" })), /fd50::1 is not in/);
  });

  it("refuses a text that cannot be written on a host, in every kind", () => {
    for (const { name } of kinds) {
      assert.match(check(name, given("a\0b")).reasons.join(), /^path: the text has a NUL character.*\[KVM1006\]$/);
      assert.match(
        check(name, given("a\ud800b")).reasons.join(),
        /^path: the text has half a character \(a lone surrogate\)/,
      );
      assert.doesNotMatch(check(name, given("a💥b")).reasons.join(), /character/);
    }
    const deep = check("Guest", given("web", { cloudInit: { network: { addresses: ["10.0.0.1/8", "x\0"] } } }));
    assert.match(deep.reasons.join(), /^cloudInit\.network\.addresses\.1: the text has a NUL/);
  });

  it("refuses a host with a forged owner, stack or address", () => {
    const reasons = (change: Given) => check("Tap", { ...given("web"), host: { ...tower, ...change } }).reasons.join();
    assert.equal(reasons({}), "");
    assert.match(reasons({ uid: "../../x" }), /^host\.uid: invalid owner/);
    for (const stack of ["net\n[Service]", "a\u0085b", "\x1b[2J"])
      assert.match(reasons({ stack }), /^host\.stack: must not have a control/);
    for (const address of ["-oProxyCommand=x", "a b", "a\nb", ""])
      assert.match(reasons({ address }), /^host\.address: /);
    for (const port of [0, 65536, 1.5]) assert.match(reasons({ port }), /^host\.port: /);
    assert.match(reasons({ jump: { name: "x", user: "-l" } }), /^host\.jump\.user: /);
    assert.match(reasons({ carrier: { host: tower, guest: "../x", disk: "" } }), /^host\.carrier\.guest: /);
  });

  it("accepts a jump host as the documentation writes it: without an owner", () => {
    const host = { ...tower, jump: { name: "tower", jump: { name: "gate", port: 2222 } } };
    assert.deepEqual(check("Tap", { ...given("web"), host }).reasons, []);
  });

  it("refuses values that tools cannot use: a zone, a reserved name of the kernel, a size beyond any disk", () => {
    const reasons = (kind: string, args: Given) => check(kind, given("web", args)).reasons.join();
    for (const name of ["all", "default"]) {
      assert.match(reasons("Bridge", { name }), /^name: .*: the kernel reserves it \[KVM1004\]/);
      assert.match(reasons("Tap", { bridge: name }), /^bridge: /);
    }
    const zoned = "fe80::1%eth0";
    const rule = { chain: "input", action: "accept", source: zoned };
    assert.match(reasons("FirewallRule", rule), /^source: .* names an interface after "%"/);
    const nics = [{ user: { hostForwards: [{ hostPort: 1, guestPort: 1, hostAddress: zoned }] } }];
    assert.match(reasons("Guest", { nics }), /^nics\.0\.user\.hostForwards\.0\.hostAddress: /);
    assert.equal(reasons("Probe", { ping: zoned }), "");
    for (const ping of ["fe80::1%", "fe80::1%a b", "fe80::1%a%b", "%eth0"])
      assert.match(reasons("Probe", { ping }), /^ping: /);
    for (const sizeGiB of [1e300, 1e12, 65_537])
      assert.match(reasons("Disk", { sizeGiB }), /^sizeGiB: must be at most 65536/);
    for (const image of ["../../x.raw", "x", `${"a".repeat(64)}.vmdk`])
      assert.match(reasons("Disk", { image }), /^image: /);
    assert.match(
      reasons("Image", { source: "/a", timeoutSeconds: 1e300 }),
      /^timeoutSeconds: .* must be at most a week/,
    );
  });

  it("answers to arguments of any wrong type without throwing", () => {
    const anything = fc.oneof(fc.anything({ withNullPrototype: false }), fc.constant(unknownValue));
    for (const kind of ["Host", "Bridge", "Tap", "Image", "Disk", "Guest", "Probe"]) {
      fc.assert(
        fc.property(
          fc.dictionary(fc.constantFrom("host", "path", "name", "nics", "disks", "mtu", "image", "x"), anything),
          (args) => {
            for (const reason of check(kind, args).reasons) assert.equal(typeof reason, "string");
          },
        ),
        { numRuns: 100 },
      );
    }
  });

  it("changes nothing when it checks its own result again", () => {
    for (const kind of ["Bridge", "Tap", "Disk", "Guest"]) {
      const { inputs } = check(kind, given("lab/x", kind === "Guest" ? { nics: [{ user: {} }, { tap: "t0" }] } : {}));
      assert.deepEqual(
        check(kind, given("lab/x", kind === "Guest" ? { nics: [{ user: {} }, { tap: "t0" }] } : {}), inputs).inputs,
        inputs,
      );
    }
  });
});

describe("check of unknown values", () => {
  it("accepts an unknown value in any argument", () => {
    for (const key of ["host", "name", "bridge", "user", "mtu", "up", "persistent", "adopt"]) {
      const { inputs, reasons } = check("Tap", given("web", { [key]: unknownValue }));
      assert.deepEqual(reasons, [], key);
      assert.equal(inputs[key], unknownValue);
    }
    for (const key of ["name", "address", "port", "user", "hostKey", "sudo", "jump", "uid", "stack"]) {
      const host = { ...tower, [key]: unknownValue };
      assert.deepEqual(check("Tap", given("web", { host })).reasons, [], key);
    }
  });

  it("accepts a list or an object with an unknown part", () => {
    for (const nics of [
      unknownValue,
      [unknownValue],
      [{ tap: unknownValue }],
      [{ user: { hostForwards: unknownValue } }],
    ]) {
      const { inputs, reasons } = check("Guest", given("web", { nics }));
      assert.deepEqual(reasons, [], JSON.stringify(nics));
      assert.ok(isUnknown(inputs.nics), JSON.stringify(inputs.nics));
    }
  });

  it("still reports errors in the known arguments", () => {
    const { reasons } = check("Tap", given("web", { bridge: unknownValue, mtu: 20, colour: "red", up: "yes" }));
    assert.equal(reasons.length, 3, reasons.join("\n"));
    assert.match(reasons.join("\n"), /mtu: invalid MTU 20/);
    assert.match(reasons.join("\n"), /colour: unknown property/);
    assert.match(reasons.join("\n"), /up: .* \[KVM1003\]/);
  });

  it("still reports errors in the first preview, when the host key is unknown", () => {
    const host = { ...tower, hostKey: unknownValue };
    assert.match(check("Tap", given("web", { host, colour: "red" })).reasons.join(), /^colour: unknown property/);
  });

  it("keeps the shape of an object with an unknown part", () => {
    const { inputs } = check("Guest", given("web", { nics: [{ tap: unknownValue, model: "e1000" }, unknownValue] }));
    const [first, second] = inputs.nics as Given[];
    assert.equal(second, unknownValue);
    assert.deepEqual({ ...first, macAddress: "" }, { tap: unknownValue, model: "e1000", link: true, macAddress: "" });
    assert.notEqual(first?.macAddress, unknownValue, "it is made from what is known");
  });

  it("makes a derived value unknown when its source is, so that a preview never shows a wrong name", () => {
    const { inputs } = check("Bridge", given("lan", { host: { ...tower, uid: unknownValue } }));
    assert.deepEqual([inputs.name, inputs.macAddress, inputs.mtu], [unknownValue, unknownValue, undefined]);
    const other = check("Bridge", given("lan", { host: { ...tower, address: unknownValue } })).inputs;
    assert.deepEqual(other.name, check("Bridge", given("lan")).inputs.name, "a name does not hang on the address");
  });

  it("keeps a derived name of an earlier run, even when the owner is unknown", () => {
    const olds = check("Bridge", given("lan")).inputs;
    for (const host of [unknownValue, { ...tower, uid: unknownValue }]) {
      const { inputs } = check("Bridge", given("renamed", { host }), olds);
      assert.deepEqual([inputs.name, inputs.macAddress, inputs.path], [olds.name, olds.macAddress, "lan"]);
    }
  });

  it("reports a wrong combination of arguments when no unknown value can make it right", () => {
    const host = { ...tower, hostKey: unknownValue };
    const target = /exactly one of ping, tcp and http/;
    const reasons = (kind: string, args: Given) => check(kind, { ...given("web", args), host }).reasons.join();
    assert.match(reasons("Probe", { triggers: [unknownValue] }), target);
    assert.equal(reasons("Probe", { ping: unknownValue }), "");
    assert.equal(reasons("Route", { destination: "10.0.0.0/8", gateway: unknownValue }), "");
    assert.equal(
      reasons("PortForward", { protocol: "tcp", listenPort: 1, listenAddress: unknownValue, to: "[::1]:1" }),
      "",
    );
    assert.match(check("Probe", { ...given("web"), host: unknownValue }).reasons.join(), target);
  });

  it("forbids no change because of an unknown value", () => {
    const olds = check("Disk", given("web", { sizeGiB: 10 })).inputs;
    assert.deepEqual(check("Disk", given("web", { sizeGiB: unknownValue }), olds).reasons, []);
    assert.match(
      check("Disk", given("web", { sizeGiB: 5 }), olds).reasons.join(),
      /^sizeGiB: the disk has 10 GiB .*\[KVM6101\]$/,
    );
  });
});

describe("check of a guest's size and forwarded ports", () => {
  const forwards = (given_: Given[], olds: Given = {}) => {
    const { inputs } = check("Guest", given("web", { nics: [{ user: { hostForwards: given_ } }] }), olds);
    return (inputs.nics as { user: { hostForwards: Given[] } }[])[0]?.user.hostForwards.map(
      ({ hostAddress }) => hostAddress,
    );
  };
  const [web, ssh] = [
    { hostPort: 8080, guestPort: 80 },
    { hostPort: 2222, guestPort: 22 },
  ];

  it("refuses a guest that is too large for any machine", () => {
    assert.match(
      check("Guest", given("web", { memoryMiB: 2 ** 53 - 1 })).reasons.join(),
      /memoryMiB: must be at most 4194304 MiB/,
    );
    assert.deepEqual(check("Guest", given("web", { memoryMiB: 4_194_304, vcpus: 255 })).reasons, []);
  });

  it("binds a forwarded port to the loopback address, unless another address is given", () => {
    assert.deepEqual(forwards([web, { ...ssh, hostAddress: "0.0.0.0" }]), ["127.0.0.1", "0.0.0.0"]);
    assert.deepEqual(
      forwards([unknownValue as unknown as Given, web]),
      [undefined, "127.0.0.1"],
      "what is unknown stays",
    );
  });

  it("keeps the port of a guest of version 0.1.0 on all addresses, but not a new port beside it", () => {
    const olds = { ...check("Guest", given("web")).inputs, nics: [{ user: { hostForwards: [web] } }] };
    assert.deepEqual(forwards([web, ssh], olds), [undefined, "127.0.0.1"]);
  });
});

describe("check of an existing resource", () => {
  const olds = check("Tap", given("lab/web")).inputs;

  it("keeps name and path when the resource moves in the program", () => {
    const { inputs } = check("Tap", given("other/web"), olds);
    assert.deepEqual([inputs.name, inputs.path], [olds.name, "lab/web"]);
  });

  it("keeps the name of an earlier run when the program gives no name any more", () => {
    assert.equal(check("Tap", given("web"), { ...olds, name: "web0" }).inputs.name, "web0");
  });

  it("uses a name that the program gives now", () => {
    assert.equal(check("Tap", given("lab/web", { name: "web1" }), olds).inputs.name, "web1");
  });

  it("derives all names again for another owner", () => {
    const { inputs } = check("Tap", given("other/web", { host: { ...tower, uid: "zzzzzzzzzz" } }), olds);
    assert.notEqual(inputs.name, olds.name);
    assert.equal(inputs.path, "other/web");
  });

  it("keeps the owner of a Host, and makes a new one for a new Host", () => {
    const host = { name: "tower", stack: "net/dev" };
    const first = check("Host", { host, path: "tower" }).inputs;
    assert.match((first.host as typeof tower).uid, /^[a-z2-7]{10}$/);
    assert.notDeepEqual(check("Host", { host, path: "tower" }).inputs, first);
    assert.deepEqual(check("Host", { host, path: "tower" }, first).inputs, first);
  });
});

describe("check of secrets", () => {
  it("never shows the value of a secret argument, even if the value is invalid", () => {
    const secret = "correct horse battery staple";
    const wrong = [
      secret,
      [secret],
      { userData: [secret] },
      { userData: { x: secret } },
      { hostname: { a: secret }, x: secret },
    ];
    for (const cloudInit of wrong) {
      const { reasons } = check("Guest", given("web", { cloudInit, memoryMiB: 1 }));
      assert.ok(reasons.length > 0);
      assert.ok(!reasons.join().includes(secret), reasons.join());
    }
  });
});
