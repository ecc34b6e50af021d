import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalAddress, linkLocal } from "../../provider/core/addresses";
import type { Hypervisor } from "../../test/lab/hypervisor";
import { type Lab, startLab } from "../../test/lab/lab";
import { difference } from "../../test/lab/snapshot";
import { interrupted } from "./interrupt";
import type { Neighbour, Site } from "./site";
import { print, stage } from "./stage";

/** A hypervisor in a container, with a LAN and a web server outside. All of them end with this process. */
export async function throwaway(image: string, { guest, onLan = false }: Wish): Promise<Site> {
  return stage("Starting a throwaway hypervisor, its LAN and a web server outside", async ({ say }) => {
    const lab = await startLab({ progress: say, routerAdvertisements: onLan });
    try {
      const tower = await lab.hypervisor("tower");
      const neighbour = onLan ? await lab.hypervisor("neighbour", { qemu: false, ipv6: true }) : undefined;
      say("Taking a snapshot of the hypervisor");
      return { ...(await describe(lab, tower, image, guest)), ...(neighbour && { neighbour: looking(neighbour) }) };
    } catch (error) {
      await lab.stop();
      throw error;
    }
  });
}

interface Wish {
  /** The guest in the printed ssh command. */
  guest: string;
  /** Adds another machine on the LAN, which gets IPv6 from the router. */
  onLan?: boolean | undefined;
}

async function describe(lab: Lab, tower: Hypervisor, image: string, guest: string): Promise<Site> {
  const before = await tower.snapshot();
  const { address, user, hostKey } = tower;
  const reach = { address, user, hostKey, privateKeyPath: lab.privateKeyPath, jump: "none", sudo: false };
  return {
    name: "the throwaway hypervisor",
    throwaway: true,
    host: { host: "tower", address, user },
    env: { PULUMI_KVM_HOSTS: JSON.stringify({ tower: reach }) },
    publicKeys: [(await readFile(`${lab.privateKeyPath}.pub`, "utf8")).trim()],
    ...{ image, accelerator: "tcg", probeUrl: lab.outside.url, folder: lab.folder },
    left: async () => difference(before, await tower.snapshot()),
    compared: `all ${before.trim().split("\n").length} lines of its snapshot (links, addresses, routes, rules, settings, units, processes, files) are the same as before`,
    seen: async () => lab.outside.requests.map(({ from, path }) => `GET ${path} from ${from}`),
    nic: "host0",
    keep: (outputs) => untilInterrupted(lab, tower, String(outputs.sshConfig), guest),
    howToDestroy: "Ctrl-C",
    close: () => stop(lab),
  };
}

/** The hypervisor ends with this process, so the process waits. */
async function untilInterrupted(lab: Lab, tower: Hypervisor, guests: string, guest: string): Promise<void> {
  const file = join(lab.folder, "ssh_config");
  await writeFile(join(lab.folder, "known_hosts"), `${tower.address} ${tower.hostKey}\n`);
  await writeFile(file, `${guests}\n${ownSettings(lab, tower)}`);
  print(`
The lab keeps running until you press Ctrl-C. To log in from another terminal:
  ssh -F ${file} ${guest}
  ssh -F ${file} tower
`);
  await interrupted();
}

function looking({ exec, address6 = "" }: Hypervisor): Neighbour {
  const prefix = address6.replace(/::.*/, "");
  return {
    advertised: (mac) => canonicalAddress(linkLocal(mac).replace("fe80::", `${prefix}::`)),
    async looksAt(address) {
      const url = `http://${address.includes(":") ? `[${address}]` : address}/`;
      const script = `ping -n -q -c 1 -W 5 ${address} >/dev/null && echo answers || echo silent; curl -s -m 10 '${url}' || echo none`;
      const [ping = "", page = ""] = (await exec(script)).split("\n");
      return [ping, page];
    },
  };
}

/** The lab's key logs in to the hypervisor. It is in the hypervisor's authorized_keys, so it also logs in to the guests. */
function ownSettings({ folder, privateKeyPath }: Lab, { address, user }: Hypervisor): string {
  const tower = `Host tower\n  HostName ${address}\n  User ${user}\n`;
  return `${tower}\nHost *\n  IdentityFile ${privateKeyPath}\n  UserKnownHostsFile ${folder}/known_hosts\n  StrictHostKeyChecking accept-new\n`;
}

async function stop(lab: Lab): Promise<void> {
  await lab.stop();
  print("The throwaway hypervisor was deleted.");
}
