// Makes all that the tests keep for the machine, before the lanes need it: a test that waited for it would time out.
import { findToolchain } from "../../tools/toolchain";
import { debianImage } from "../lab/guestImage";
import { ensurePackages } from "../lab/packages";
import { hypervisorRoot } from "../lab/root";
import { tinyGuest } from "../lab/tinyGuest";
import { type VariantName, variants } from "../lab/variants";

const say = console.error;

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) return; // the tests that need it say so
  // The CLI computes for minutes; the others mostly download.
  await Promise.all([findToolchain(say), makeImages()]);
}

async function makeImages(): Promise<void> {
  await ensurePackages(say);
  for (const name of Object.keys(variants)) await hypervisorRoot(name as VariantName, say);
  await tinyGuest(say);
  await debianImage(say);
}

void main();
