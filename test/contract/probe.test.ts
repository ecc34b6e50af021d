import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { unknownValue } from "../../provider/core/unknown";
import type { Properties } from "./engine";
import { openSite, type Site } from "./site";

/** Tests when a probe runs, when it runs again, and what happens when it fails. */
describe("a probe", () => {
  let site: Site;
  let host: Properties;
  before(async () => {
    site = await openSite();
    host = (await site.host()).host;
  });
  after(() => site.close());

  async function listening(address: string): Promise<{ server: Server; port: number }> {
    const server = createServer((socket) => socket.end()).listen(0, address);
    await once(server, "listening");
    return { server, port: (server.address() as AddressInfo).port };
  }

  const args = (more: Properties) => ({ host, path: "answers", timeoutSeconds: 1, ...more });
  const checked = async (more: Properties, olds: Properties = {}) => {
    const { inputs, failures } = await site.engine.check("Probe", olds, args(more));
    assert.deepEqual(failures, []);
    return inputs;
  };

  it("runs again when its triggers change, and not before", async () => {
    const { server, port } = await listening("127.0.0.1");
    const tcp = `127.0.0.1:${port}`;
    const inputs = await checked({ tcp, triggers: ["first"] });
    const { id, outs } = await site.engine.create("Probe", inputs);
    assert.equal(outs.result, "open");
    server.close();
    await once(server, "close");

    const same = await checked({ tcp, triggers: ["first"] }, inputs);
    assert.equal((await site.engine.diff("Probe", outs, same)).changes, false);
    assert.equal((await site.engine.read("Probe", id, outs)).outs.result, "open", "a refresh proves nothing");

    const later = await checked({ tcp, triggers: ["second"] }, inputs);
    const { changes, replaces } = await site.engine.diff("Probe", outs, later);
    assert.deepEqual([changes, replaces], [true, []]);
    await assert.rejects(
      site.engine.update("Probe", id, outs, later),
      /Unable to create Probe answers on tower: testing that 127.* answers: not within 1 s\. Last result: no connection.* \[KVM8001\]/,
    );
    const reported = await checked({ tcp, triggers: ["second"], required: false }, inputs);
    assert.equal((await site.engine.update("Probe", id, outs, reported)).result, "no connection");
  });

  it("waits until it succeeds, within its time limit", async () => {
    const { server, port } = await listening("::1");
    server.close();
    await once(server, "close");
    const inputs = await checked({ tcp: `[::1]:${port}`, timeoutSeconds: 20 });
    const late = setTimeout(() => server.listen(port, "::1"), 1500);
    assert.equal((await site.engine.create("Probe", inputs)).outs.result, "open");
    clearTimeout(late);
    server.close();
  });

  it("is refused without exactly one target", async () => {
    for (const many of [{}, { ping: "192.0.2.1", tcp: "192.0.2.1:80" }]) {
      const { failures } = await site.engine.check("Probe", {}, args(many));
      assert.deepEqual(failures, ["exactly one of ping, tcp and http is required [KVM1005]"]);
    }
  });

  it("is refused without exactly one target, also while the host and the triggers are unknown", async () => {
    const unknown = { host: { ...host, hostKey: unknownValue, machineId: unknownValue }, triggers: [unknownValue] };
    const reasons = (more: Properties) =>
      site.engine.check("Probe", {}, { ...args(more), ...unknown }).then(({ failures }) => failures);
    const said = ["exactly one of ping, tcp and http is required [KVM1005]"];
    assert.deepEqual(await reasons({}), said);
    assert.deepEqual(await reasons({ ping: "192.0.2.1", http: "http://192.0.2.1/" }), said);
    for (const target of [{ ping: unknownValue }, { ping: "192.0.2.1", tcp: unknownValue }, { tcp: "192.0.2.1:80" }])
      assert.deepEqual(await reasons(target), [], JSON.stringify(target));
  });
});
