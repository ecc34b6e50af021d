import type { Site } from "../test/e2e/site.js";
import { debianImage } from "../test/lab/guestImage.js";
import type { Row } from "./table.js";

/** The lab of the tutorial with three Debian guests under emulation, from nothing to the proof. One run: it takes minutes. */
export async function measureLab(site: Site): Promise<Row[]> {
  const image = await debianImage(console.error);
  const stack = await site.stack(`
    import * as kvm from "pulumi-kvm";
    const probe = { url: "${site.lab.outside.url}" };
    new kvm.GatewayLab("lab", { host: new kvm.Host("tower"), image: "file://${image}", accelerator: "tcg", probe });`);
  const [up, output] = await timed(() => stack.up());
  const [destroy] = await timed(() => stack.destroy());
  const part = (kind: RegExp) => slowest(output, kind);
  return [
    ["from nothing to the proof", `${up.toFixed(0)} s`, "pulumi up"],
    ["  the image's upload", part(/Image lab-image/), ""],
    ["  the guests, until cloud-init is done", part(/Guest lab-deb\d/), "three at once, on this machine's cores"],
    ["  the routing inside deb1", part(/(IpForwarding|Masquerade|FirewallRule) \S+/), "four resources"],
    ["  the proof", part(/Probe \S+/), "six probes"],
    ["back to nothing", `${destroy.toFixed(0)} s`, "pulumi destroy, with a clean powerdown"],
  ];
}

async function timed(run: () => Promise<{ code: number; output: string }>): Promise<[number, string]> {
  const start = performance.now();
  const { code, output } = await run();
  if (code !== 0) throw new Error(output);
  return [(performance.now() - start) / 1000, output];
}

/** Of what was made at the same time, the one that took longest, as the engine says it. */
function slowest(output: string, what: RegExp): string {
  const lines = output.matchAll(new RegExp(`kvm:${what.source} created \\(([\\d.]+)s\\)`, "g"));
  return `${Math.max(...[...lines].map((line) => Number(line.at(-1)))).toFixed(1)} s`;
}
