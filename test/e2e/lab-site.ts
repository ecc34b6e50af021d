import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { testsBuildOnEachOther } from "../in-order.js";
import type { HypervisorOptions } from "../lab/hypervisor.js";
import type { LanOptions } from "../lab/lan.js";
import { openSite, type Site } from "./site.js";

/** A site with access to its guests, as an administrator of the hypervisor has it: without our transport. */
export interface LabSite extends Site {
  /** Runs a command in a guest, with the key that the hypervisor has for it. */
  inside(guest: string, command: string): Promise<string>;
  /** Logs in with this configuration from the machine that runs Pulumi, and returns the output of the command. */
  sshBy(config: string, destination: string, command: string): Promise<string>;
  /** Waits until the guest has fetched the page of the outside. */
  fetches(guest: string, seconds?: number): Promise<void>;
  /** The PID of QEMU for each running guest. */
  pids(): Promise<Record<string, string>>;
  /** Stops guests without Pulumi. */
  stopGuests(...names: string[]): Promise<void>;
  /** Copies the output of a serial console from now on. The copy stays when the original file is deleted. */
  watchConsole(guest: string): Promise<() => Promise<string>>;
}

/** A suite of a lab with Debian guests. Each of its tests may boot several of them under emulation. */
export function describeLab(title: string, tests: () => void): void {
  describe(title, function () {
    this.timeout("40m");
    testsBuildOnEachOther();
    tests();
  });
}

export async function openLabSite(options: HypervisorOptions & LanOptions = {}): Promise<LabSite> {
  const site = await openSite(options);
  const { exec } = site.tower;
  const units = "pulumi-kvm-guest@lab-";

  const inside = async (guest: string, command: string) => {
    // The last NIC is the one on the bridge.
    const found = await exec(`grep -o 'mac=[0-9a-f:]*' /run/pulumi-kvm/*-${guest}-*/started | tail -n 1 | cut -d= -f2`);
    const bridge = (await exec("ls -d /sys/class/net/*/bridge")).split("/")[4];
    const address = `${linkLocal(found.trim())}%${bridge}`;
    const options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=60 -q";
    return exec(`ssh -n ${options} -i /var/lib/pulumi-kvm/owners/*.key root@${address} ${shellQuoted(command)}`);
  };
  const fetches = async (guest: string, seconds = 300) => {
    const end = performance.now() + seconds * 1000;
    const command = `curl -s -m 20 -o /dev/null -w '%{http_code}' ${site.lab.outside.url}`;
    let last: unknown;
    while (performance.now() < end) {
      last = await inside(guest, command).catch((error: Error) => error.message);
      if (last === "200") return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    assert.fail(`${guest} did not fetch the page within ${seconds} s: ${last}`);
  };
  const pids = async () => {
    const shown = await exec(`systemctl show '${units}*' -p Id -p MainPID | sed '/^$/d'`);
    const found = [...shown.matchAll(/MainPID=([1-9]\d*)\nId=pulumi-kvm-guest@lab-(\w+)-/g)];
    return Object.fromEntries(found.map(([, pid, name]) => [name, pid]));
  };
  const watchConsole = async (guest: string) => {
    const copy = `/run/console-of-${guest}`;
    await exec(
      `systemd-run --quiet --unit=watch-${guest}-${Date.now()} sh -c 'tail -n 0 -s 0.05 -F /var/lib/pulumi-kvm/guests/lab-${guest}-*/log/console >${copy}'`,
    );
    return async () => {
      await exec(`systemctl stop 'watch-${guest}-*'`);
      return exec(`cat ${copy}; rm ${copy}`);
    };
  };
  const stopGuests = async (...names: string[]) => {
    await exec(`systemctl stop ${names.map((name) => `'${units}${name}-*'`).join(" ")}`);
  };
  const sshBy = async (config: string, destination: string, command: string) => {
    const { lab, tower } = site;
    const file = join(lab.folder, "ssh_config");
    const login = `IdentityFile ${lab.privateKeyPath}\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR`;
    await writeFile(file, `${config}\nHost tower\nHostName ${tower.address}\nUser ${tower.user}\nHost *\n${login}\n`);
    return (await execa("ssh", ["-n", "-F", file, ...destination.split(" "), command])).stdout;
  };
  return { ...site, sshBy, inside, fetches, pids, watchConsole, stopGuests };
}

function linkLocal(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${words.map((word) => word.toString(16)).join(":")}`;
}

function shellQuoted(command: string): string {
  return `'${command.replaceAll("'", `'\\''`)}'`;
}
