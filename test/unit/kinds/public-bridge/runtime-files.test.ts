import assert from "node:assert/strict";
import { text } from "../../../../provider/core/shell";
import { nicConfigOf } from "../../../../provider/kinds/public-bridge/nic-config.fact";
import { configOf } from "../../../../provider/kinds/public-bridge/origin";
import { cases } from "../../../contract/cases";
import { type FakeMachine, fakeMachine } from "../../../fake/machine";

/** Files that are valid until the next boot, or that a generator makes at each boot, are configuration too. */
describe("files of networkd below /run", () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = fakeMachine();
    cases.PublicBridge?.seed?.(machine);
  });
  afterEach(() => machine.remove());

  const found = async () => {
    const { command, parse } = nicConfigOf("eth0");
    const { code, stdout, stderr } = await machine.run(`set -eu\n${text(command)}\n`);
    assert.equal(code, 0, stderr);
    const config = configOf("eth0", parse(stdout));
    return "code" in config ? config : { ...config, backend: config.backend.name };
  };
  const network = (folder: string) => `${folder}/systemd/network/50-eth0.network`;
  const taken = (path: string) =>
    machine.write("/run/systemd/netif/links/2", `ADMIN_STATE=configured\nNETWORK_FILE=${machine.inside(path)}\n`);

  for (const [own, other] of [
    ["/etc", "/run"],
    ["/run", "/etc"],
  ] as const) {
    it(`are read, and so are drop-ins in ${other} for a file in ${own}`, async () => {
      machine.write(network(own), "[Match]\nName=eth0\n");
      taken(network(own));
      machine.write(`${network(other)}.d/10-a.conf`, "[Network]\nDHCP=yes\n");
      const sources = [network(own), `${network(other)}.d/10-a.conf`];
      assert.deepEqual(await found(), { backend: "networkd", sources });
    });
  }

  it("are recognized as netplan's, and so are drop-ins for them", async () => {
    const made = "/run/systemd/network/10-netplan-eth0.network";
    machine.write(made, "[Match]\nName=eth0\n");
    taken(made);
    machine.write("/etc/netplan/a.yaml", "network: {ethernets: {eth0: {dhcp4: true}}}\n");
    assert.deepEqual(await found(), {
      backend: "netplan",
      sources: ["/etc/netplan/a.yaml"],
      definition: "eth0",
      appliedBy: "networkd",
    });
    machine.write(`${made}.d/x.conf`, "[Network]\nDNS=192.0.2.1\n");
    assert.match(
      JSON.stringify(await found()),
      /10-netplan-eth0\.network\.d\/x\.conf extends the configuration that netplan generates/,
    );
  });
});
