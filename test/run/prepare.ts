// Makes all that the tests keep for the machine, before the lanes need it: a test that waited for it would time out.
import { findToolchain } from "../../tools/toolchain";
import type { Release } from "../lab/debian";
import { debianImage } from "../lab/guestImage";
import { machineImage } from "../lab/machineImage";
import { ensurePackages } from "../lab/packages";
import { hypervisorRoot } from "../lab/root";
import { tinyGuest } from "../lab/tinyGuest";
import { type VariantName, variants } from "../lab/variants";

const say = console.error;

/** Every owner of a NIC on the releases that public bridges are tried on; elsewhere the simplest one. */
const names = Object.keys(variants) as VariantName[];
const used: [Release, VariantName][] = [
  ...([13, 12] as const).flatMap((release) => names.map((name): [Release, VariantName] => [release, name])),
  [11, "ifupdown"],
];

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) return; // the tests that need it say so
  // The CLI computes for minutes; the others mostly download.
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
