import assert from "node:assert/strict";
import { execa } from "execa";
import type { Hypervisor } from "../lab/hypervisor";
import type { VariantName } from "../lab/variants";
import { newOwner, type Owner } from "./owner";
import { type BridgeSite, firstBootOf, openBridgeSite } from "./public-bridge-site";
import { needsRoot } from "./site";

/** A host that is reached by an address that it made of its MAC and a router's advertisement: the MAC stays, so it does. */
describe("PublicBridge, on a host that is reached by an advertised address", () => {
  let site: BridgeSite;
  before(async function () {
    needsRoot(this);
    site = await openBridgeSite();
  });
  after(() => site?.stop());

  for (const variant of ["networkd", "ifupdown"] satisfies VariantName[]) {
    describe(`with ${variant}`, () => {
      let tower: Hypervisor;
      let anna: Owner;
      let address: string;
      before(async () => {
        tower = await site.tower(`advertised-${variant}`, { variant });
        await tower.settled();
        address = await tower.exec(
          "ip -6 -oneline address show dev host0 dynamic | sed -n 's/.*inet6 \\([^/]*\\).*/\\1/p'",
        );
        await reachBy(tower, address);
        anna = await newOwner(tower.name, "life/anna");
      });
      after(() => tower?.stop());

      it("is made, boots, and is given back", async () => {
        const has = (device: string) => tower.exec(`ip -6 -brief address show dev ${device}`);
        const made = await anna.make("PublicBridge", "lab/lan", { nic: "host0", confirmWithinSeconds: 30 });
        assert.match(await has("br-host0"), new RegExp(`${address}/64`));
        await tower.reboot();
        await firstBootOf(tower);
        assert.deepEqual((await anna.refresh(made))?.inputs, made.inputs);
        await anna.remove(made);
        assert.match(await has("host0"), new RegExp(`${address}/64`));
      });
    });
  }
});

/** Through the LAN's gateway, as lan.ts leads there. */
async function reachBy(tower: Hypervisor, address: string): Promise<void> {
  const slot = Number(tower.address.split(".")[2]);
  const far = (host: number) => `fd19:${slot + 1}::${host}`;
  const way = ["via", far(253), "dev", `kvmlab${slot}far`, "src", far(254)];
  await execa("ip", ["-6", "route", "replace", address, ...way]);
  const hosts = JSON.parse(process.env.PULUMI_KVM_HOSTS ?? "{}");
  process.env.PULUMI_KVM_HOSTS = JSON.stringify({ ...hosts, [tower.name]: { ...hosts[tower.name], address } });
}
