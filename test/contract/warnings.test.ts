import assert from "node:assert/strict";
import type { Engine, Properties } from "./engine";
import { openSite, type Site } from "./site";

/** Something came to the host after the resource and makes it ineffective. That is no drift, so a refresh warns. */
describe("a refresh after another program has blocked forwarded packets", () => {
  let site: Site;
  let host: Properties;
  before(async () => {
    site = await openSite();
    host = (await site.host()).host;
    site.machine.write("/proc/sys/net/ipv4/ip_forward", "0\n");
    site.machine.write("/proc/sys/net/ipv6/conf/all/forwarding", "0\n");
  });
  after(() => site.close());

  const kinds: Record<string, Properties> = {
    IpForwarding: {},
    Masquerade: { source: "192.168.50.0/24" },
  };

  for (const [kind, args] of Object.entries(kinds)) {
    it(`warns about ${kind} with the rule that blocks, and finds no drift`, async () => {
      const { inputs } = await site.engine.check(kind, {}, { host, path: "lab/way", ...args });
      const { id, outs } = await site.engine.create(kind, inputs);
      const refreshed = async (engine: Engine) => (await engine.read(kind, id, outs, inputs)).outs;
      const calm = await site.nextRun();
      assert.deepEqual(await refreshed(calm), outs);
      assert.doesNotMatch(calm.output(), /forwarded/);
      const rules = site.machine.read("/fake/iptables-save");
      site.machine.write("/fake/iptables-save", `${rules}filter :FORWARD DROP [0:0]\n`);
      const warned = await site.nextRun();
      assert.deepEqual(await refreshed(warned), outs);
      assert.match(
        warned.output(),
        new RegExp(`${kind} lab/way on tower: .*the policy DROP of .*FORWARD.*FirewallRule`),
      );
      site.machine.write("/fake/iptables-save", rules);
    });
  }
});
