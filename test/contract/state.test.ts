import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { providerText } from "../../provider/core/resource";
import { kindOf, kinds } from "../../provider/kinds";
import { checkout } from "../../tools/checkout";

/**
 * A contract with every state that was ever written: refresh and destroy run the text in the state, with the version of
 * this package that is installed then. You may add lines here, but never change one.
 */
describe("the provider text in a state", () => {
  it("is exactly this text", () => {
    assert.equal(providerText("Tap"), 'exports.handler=()=>require("pulumi-kvm/provider")("Tap")');
  });

  it("loads a handler with the same calls for each kind", () => {
    // There is no `configure`: the first call could overtake it.
    const calls = { check: "function", create: "function", delete: "function", diff: "function" };
    const expected = { ...calls, read: "function", update: "function" };
    assert.deepEqual(
      handlersOf(kinds.map(({ name }) => providerText(name))),
      kinds.map(() => expected),
    );
  });

  it("works for every released kind: none may be removed or renamed", () => {
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

/**
 * Loads the texts as the dynamic provider's process does. It needs a process of its own, because the provider watches
 * its parent.
 */
function handlersOf(texts: string[]): unknown {
  const script = `
    const handlers = process.argv.slice(1).map((text) => require("require-from-string")(text).handler());
    const types = (handler) => Object.fromEntries(Object.keys(handler).sort().map((key) => [key, typeof handler[key]]));
    console.log(JSON.stringify(handlers.map(types)));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", script, ...texts], { cwd: checkout, encoding: "utf8" });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}
