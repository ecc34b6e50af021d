// Starts a lab by hand.
//
//   node bin/test/lab/cli.js up [NAME…] [--release=12] [--variant=networkd] [--dhcp]   hypervisors, until Ctrl-C
//   node bin/test/lab/cli.js images [--release=12]            makes the images and roots of a release, and prints where
import { parseArgs } from "node:util";
import { codenames, type Release, stable } from "./debian";
import { debianImage } from "./guestImage";
import { type Lab, startLab } from "./lab";
import { ensurePackages } from "./packages";
import { hypervisorRoot } from "./root";
import { tinyGuest } from "./tinyGuest";
import { type VariantName, variants } from "./variants";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    release: { type: "string", default: `${stable}` },
    variant: { type: "string", default: "ifupdown" },
    dhcp: { type: "boolean", default: false },
  },
});
const release = Number(values.release) as Release;
if (!(release in codenames)) throw new Error(`${values.release} is none of ${Object.keys(codenames).join(", ")}`);
const [command, ...names] = positionals;

const commands: Record<string, () => Promise<void>> = { up, images };
const run = commands[command ?? ""];
if (!run) {
  console.error("Say what to do: up [NAME…] [--variant=NAME] [--dhcp], or images");
  process.exit(2);
}
void run();

async function up(): Promise<void> {
  const lab = await startLab({ progress: console.error });
  const interrupted = new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
  try {
    for (const name of names.length > 0 ? names : ["tower"]) await start(lab, name);
    console.log(`outside ${lab.outside.url}\nCtrl-C ends it and leaves nothing.`);
    await interrupted;
  } finally {
    await lab.stop();
  }
}

async function start(lab: Lab, name: string): Promise<void> {
  const variant = values.variant as VariantName;
  if (!(variant in variants)) throw new Error(`${variant} is none of ${Object.keys(variants).join(", ")}`);
  const tower = await lab.hypervisor(name, { release, variant, dhcp: values.dhcp });
  console.log(`${name}  ssh -i ${lab.privateKeyPath} ${tower.user}@${tower.address}  ${tower.hostKey}`);
}

async function images(): Promise<void> {
  await ensurePackages(console.error);
  console.log(await debianImage(console.error, release));
  console.log(await tinyGuest(console.error));
  for (const name of Object.keys(variants)) {
    console.log(await hypervisorRoot(release, name as VariantName, console.error));
  }
}
