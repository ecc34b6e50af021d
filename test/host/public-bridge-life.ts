import assert from "node:assert/strict";
import { closeTransports } from "../../provider/transport/pool";
import { testsBuildOnEachOther } from "../in-order";
import { type Release, stable } from "../lab/debian";
import type { Hypervisor } from "../lab/hypervisor";
import { difference } from "../lab/snapshot";
import type { VariantName } from "../lab/variants";
import { isSampled } from "../sample";
import { interruptionOf, shown } from "./interruption";
import { type Made, newOwner, type Owner } from "./owner";
import { type BridgeSite, firstBootOf, openBridgeSite } from "./public-bridge-site";
import { needsRoot } from "./site";

/** The life of a bridge over the NIC of our own connection, for each network manager. */

/** Runs on the stable release. A full run also uses Debian 12; every other run takes a sample of it. */
export function describePublicBridge(variant: VariantName): void {
  describe(`a PublicBridge over the NIC of our own connection, configured by ${variant}`, () => {
    let site: BridgeSite;
    before(async function () {
      needsRoot(this);
      site = await openBridgeSite();
    });
    after(() => site?.stop());

    for (const way of ["static", "dhcp"] as const) {
      describeLife(() => site, variant, way, stable);
      if (isSampled(`${variant} ${way} on Debian 12`, 4)) describeLife(() => site, variant, way, 12);
    }
  });
}

/** The configuration files with owner, mode, time and content, which show any change. */
const configuration = "/etc/network /etc/systemd/network /etc/netplan /etc/NetworkManager";
const files = `find ${configuration} -type f -printf '%p %M %u:%g %T@ ' -exec sha256sum {} \\; 2>/dev/null | sort`;

function describeLife(site: () => BridgeSite, variant: VariantName, way: "static" | "dhcp", release: Release): void {
  describe(`with ${variant}, ${way}, Debian ${release}`, () => {
    testsBuildOnEachOther();
    const name = `${variant}-${way}-${release}`.toLowerCase();
    const args = { nic: "host0", confirmWithinSeconds: 60 };
    let tower: Hypervisor;
    let atFirst: string;
    let untouched: string;
    let hadWay6: boolean;
    let anna: Owner;
    let made: Made;

    const during = async (what: string, work: () => Promise<unknown>) => {
      const gap = await interruptionOf(site().lab, tower, work);
      console.log(`      ${what}: longest interruption: ${shown(gap)}`);
      assert.notEqual(gap.session, undefined, "the open SSH session was lost");
    };
    const ways = async () => {
      // A configured route and one from the router count as one.
      const show =
        "for f in 4 6; do ip -$f -oneline route show default | sed 's/.* dev \\([^ ]*\\).*/\\1/' | sort -u; done";
      return (await tower.exec(show)).split("\n").filter((device) => device !== "");
    };
    const addresses = () => tower.exec("ip -brief address show dev br-host0");
    const isClean = async () => {
      closeTransports();
      assert.deepEqual((await anna.refresh(made))?.inputs, made.inputs);
    };

    before(async () => {
      tower = await site().tower(name, { release, variant, dhcp: way === "dhcp", ipv6: way === "static" });
      await tower.settled();
      atFirst = await tower.snapshot();
      untouched = await tower.exec(files);
      hadWay6 = (await ways()).length > 1;
      anna = await newOwner(name, "life/anna");
    });
    after(() => tower?.stop());

    it("is created with all addresses and routes of the NIC", async () => {
      await during("create", async () => {
        made = await anna.make("PublicBridge", "lab/lan", args);
      });
      await tower.settled();
      const has = (await addresses()).replaceAll(/\s+/g, " ");
      assert.ok(has.includes(` ${tower.address}/24`), has);
      if (tower.address6) assert.ok(has.includes(` ${tower.address6}/64`), has);
      assert.equal(await tower.exec("ip -4 -oneline address show dev host0; ls /sys/class/net/br-host0/brif"), "host0");
      assert.deepEqual(await ways(), ["br-host0", ...(hadWay6 ? ["br-host0"] : [])]);
      await isClean();
      assert.equal(
        String((await anna.make("PublicBridge", "lab/lan", args)).outs.configuredBy).toLowerCase(),
        variant.toLowerCase(),
      );
    });

    it("exists again after a reboot, without a run of Pulumi", async () => {
      await tower.reboot();
      await firstBootOf(tower);
      assert.ok((await addresses()).includes(` ${tower.address}/24`));
      await isClean();
    });

    it("gets another address, and loses it again", async () => {
      const own = way === "static" ? [`${tower.address}/24`, `${tower.address6}/64`] : [];
      const more = [...own, "198.18.250.7/24"];
      await during("address added", async () => {
        made = await anna.update(made, { ...args, addresses: more });
      });
      assert.match(await addresses(), /198\.18\.250\.7\/24/);
      await isClean();
      await during("address taken away", async () => {
        made = await anna.update(made, args);
      });
      assert.doesNotMatch(await addresses(), /198\.18\.250\.7/);
      await isClean();
    });

    it("is repaired after drift", async () => {
      const own =
        "$(grep -l br-host0 -r /etc/network /etc/systemd/network /etc/netplan /etc/NetworkManager/system-connections | head -n 1)"; // one of ours
      await tower.exec(`echo '# by hand' >>"${own}"`);
      if (tower.address6) await tower.exec(`ip address del ${tower.address6}/64 dev br-host0`);
      const seen = await anna.refresh(made);
      assert.deepEqual([seen?.inputs.up, seen?.inputs.persistent], [tower.address6 === undefined, false]);
      made = await anna.update(seen as Made, args);
      await isClean();
    });

    it("is deleted, and restores the host with unchanged files", async () => {
      await during("delete", () => anna.remove(made));
      await anna.remove(made);
      await anna.leave();
      await tower.settled();
      assert.equal(await tower.exec(files), untouched);
      assert.deepEqual(difference(atFirst, await tower.snapshot()).filter(isLeft), []);
      await tower.reboot();
      assert.deepEqual(difference(atFirst, await tower.snapshot()).filter(isLeft), []);
    });
  });
}

/**
 * The transient unit of a DHCP client stays as long as the client. A target that a guard wanted stays until the next
 * boot.
 */
function isLeft(line: string): boolean {
  return (
    !/^. unit-file \/run\/systemd\/transient\/pulumi-kvm-(change|rollback)-\w+\.service /.test(line) &&
    line !== "+ unit network-pre.target active active"
  );
}
