// Makes everything that the tests keep for the machine, before they need it. Otherwise a test that waits for it would
// time out.
import { findToolchain } from "../../tools/toolchain";
import type { Release } from "../lab/debian";
import { debianImage } from "../lab/guestImage";
import { machineImage } from "../lab/machineImage";
import { ensurePackages } from "../lab/packages";
import { hypervisorRoot } from "../lab/root";
import { tinyGuest } from "../lab/tinyGuest";
import { type VariantName, variants } from "../lab/variants";

const say = console.error;

/** Every owner of a NIC on the releases of the public bridge tests, and only the simplest owner on the others. */
const names = Object.keys(variants) as VariantName[];
const used: [Release, VariantName][] = [
  ...([13, 12] as const).flatMap((release) => names.map((name): [Release, VariantName] => [release, name])),
  [11, "ifupdown"],
];

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) return; // the tests that need root report it
  // Pulumi's CLI takes minutes of CPU time. The other parts are mostly downloads.
  await Promise.all([findToolchain(say), makeImages()]);
}

async function makeImages(): Promise<void> {
  await ensurePackages(say);
  for (const [release, variant] of used) await hypervisorRoot(release, variant, say);
  await tinyGuest(say);
  await debianImage(say);
  await machineImage(say);
}

void main();
