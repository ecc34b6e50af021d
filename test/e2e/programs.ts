import { execa } from "execa";
import { silent } from "../../tools/progress.js";
import type { Hypervisor } from "../lab/hypervisor.js";
import { tinyKernelOptions } from "../lab/kernelOptions.js";
import type { Lab } from "../lab/lab.js";
import { tinyGuest } from "../lab/tinyGuest.js";

/** A program for the host tower. */
export function program(...statements: string[]): string {
  return [
    'import * as pulumi from "@pulumi/pulumi";',
    'import * as kvm from "pulumi-kvm";',
    'const host = new kvm.Host("tower");',
    tiny,
    ...statements,
    "",
  ].join("\n");
}

/** Puts the kernel of tiny guests on a hypervisor. */
export async function withTinyKernel(tower: Hypervisor, lab: Lab): Promise<void> {
  const { kernel, initrd, disk } = await tinyGuest(silent);
  const trust = ["-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR"];
  const target = `root@${tower.address}:/srv/`;
  await execa("scp", ["-q", ...trust, "-i", lab.privateKeyPath, kernel, initrd, disk, target]);
}

/** A guest that starts in seconds, with a tap on a bridge and an address. It is ready when its web server answers. */
const tiny = `
function tiny(name, bridge, address, args = {}, nic = {}, opts = {}) {
  const tap = new kvm.Tap(name + "-tap", { host, bridge: bridge.name }, opts);
  const waitFor = nic.link === false ? undefined : { tcpPort: 80, timeoutSeconds: 300 };
  return new kvm.Guest(name, {
    ...{ host, accelerator: "tcg", memoryMiB: 96, nics: [{ tap: tap.name, ...nic }], waitFor },
    kernel: { image: "/srv/vmlinuz", initrd: "/srv/initrd", commandLine: "${tinyKernelOptions} ip4=" + address },
    ...args,
  }, opts);
}`;
