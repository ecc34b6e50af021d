import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { providerText } from "../../provider/core/resource";
import { kindOf, kinds } from "../../provider/kinds";
import { checkout } from "../../tools/checkout";

/**
 * A contract with every state that was ever written: refresh and destroy run the text that is in it, with whatever
 * version of this package is installed by then. These lines may be added to, and never changed.
 */
describe("what states hold for ever", () => {
  it("is this very text", () => {
    assert.equal(providerText("Tap"), 'exports.handler=()=>require("pulumi-kvm/provider")("Tap")');
  });

  it("is a function by that path, which gives the same calls for each kind", () => {
    // No configure among them: a first call could overtake its arrival.
    const calls = { check: "function", create: "function", delete: "function", diff: "function" };
    const expected = { ...calls, read: "function", update: "function" };
    assert.deepEqual(
      handlersOf(kinds.map(({ name }) => providerText(name))),
      kinds.map(() => expected),
    );
  });

  it("is these kinds: none may go, nor be called otherwise", () => {
    const everReleased = [
      "Host",
      "Image",
      "Bridge",
      "Tap",
      "Sysctl",
      "IpForwarding",
      "Route",
      "Masquerade",
      "FirewallRule",
      "PortForward",
      "Disk",
      "Guest",
      "Probe",
    ];
    for (const name of everReleased) assert.equal(kindOf(name).name, name);
  });
});

/** What the dynamic provider's process makes of texts; in a process of its own, because the provider watches its parent. */
function handlersOf(texts: string[]): unknown {
  const script = `
    const handlers = process.argv.slice(1).map((text) => require("require-from-string")(text).handler());
    const types = (handler) => Object.fromEntries(Object.keys(handler).sort().map((key) => [key, typeof handler[key]]));
    console.log(JSON.stringify(handlers.map(types)));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", script, ...texts], { cwd: checkout, encoding: "utf8" });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}
