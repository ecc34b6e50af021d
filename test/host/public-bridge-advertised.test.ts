import assert from "node:assert/strict";
import { execa } from "execa";
import type { Hypervisor } from "../lab/hypervisor";
import type { VariantName } from "../lab/variants";
import { newOwner, type Owner } from "./owner";
import { type BridgeSite, firstBootOf, openBridgeSite } from "./public-bridge-site";
import { needsRoot } from "./site";

/**
 * The host's address comes from its MAC address and a router advertisement. The bridge keeps the MAC address, so the
 * address stays.
 */
describe("a PublicBridge on a host whose address comes from a router advertisement", () => {
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

      it("is created, survives a reboot, and is deleted", async () => {
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

/** Routes the address through the LAN's gateway, as lan.ts does. */
async function reachBy(tower: Hypervisor, address: string): Promise<void> {
  const slot = Number(tower.address.split(".")[2]);
  const far = (host: number) => `fd19:${slot + 1}::${host}`;
  const way = ["via", far(253), "dev", `kvmlab${slot}far`, "src", far(254)];
  await execa("ip", ["-6", "route", "replace", address, ...way]);
  const hosts = JSON.parse(process.env.PULUMI_KVM_HOSTS ?? "{}");
  process.env.PULUMI_KVM_HOSTS = JSON.stringify({ ...hosts, [tower.name]: { ...hosts[tower.name], address } });
}
