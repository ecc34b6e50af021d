import type { Progress } from "../../tools/progress";
import { findToolchain } from "../../tools/toolchain";
import type { Release } from "../lab/debian";
import { debianImage } from "../lab/guestImage";
import { machineImage } from "../lab/machineImage";
import { ensurePackages } from "../lab/packages";
import { hypervisorRoot } from "../lab/root";
import { tinyGuest } from "../lab/tinyGuest";
import { type VariantName, variants } from "../lab/variants";

/** What the machine keeps for the tests, in the order in which a run makes it: what most or long tests need first. */
export const supplies = ["hypervisor", "cli", "debian", "networks", "releases", "machine"] as const;
export type Supply = (typeof supplies)[number];

/** Makes one of them if it is absent. */
export async function makeSupply(supply: Supply, progress: Progress): Promise<void> {
  if (supply !== "cli") await ensurePackages(progress);
  await makers[supply](progress);
}

const networks = (Object.keys(variants) as VariantName[]).filter((name) => name !== "ifupdown");

const makers: Record<Supply, (progress: Progress) => Promise<unknown>> = {
  async hypervisor(progress) {
    await hypervisorRoot(13, "ifupdown", progress);
    await tinyGuest(progress);
  },
  cli: findToolchain,
  debian: (progress) => debianImage(progress),
  networks: (progress) => makeRoots([13], networks, progress),
  /** Debian 12 with all networks, as the tests of public bridges use it. Debian 11 with one. */
  async releases(progress) {
    await makeRoots([12, 11], ["ifupdown"], progress);
    await makeRoots([12], networks, progress);
  },
  machine: machineImage,
};

async function makeRoots(releases: Release[], names: VariantName[], progress: Progress): Promise<void> {
  for (const release of releases) for (const name of names) await hypervisorRoot(release, name, progress);
}
