import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { closeTransports, transportFor } from "../../provider/transport/pool";
import type { Site } from "./site";
import { print, stage } from "./stage";

/** The user's own hypervisor. The demo connects to it in the same way as the provider. */
export async function server(destination: string, image: string, guest: string): Promise<Site> {
  const [, user, name = destination, port] = /^(?:([^@]+)@)?(.+?)(?::(\d+))?$/.exec(destination) ?? [];
  const folder = join(stateHome(), "pulumi-kvm", `demo-${name.replaceAll(/[^\w.-]/g, "_")}`);
  const endpoint = { name, ...(user && { user }), ...(port && { port: Number(port) }) };
  const look = async () => {
    const { code, stdout, stderr } = await (await transportFor(endpoint)).run(traces);
    if (code !== 0) throw new Error(`Unable to list the objects on ${name}: ${stderr}`);
    return stdout.split("\n").filter(Boolean);
  };
  const before = await stage(`Logging in to ${destination}`, () => firstLook(folder, look));
  return {
    ...{ name, throwaway: false, env: {}, image, publicKeys: [], accelerator: "auto", folder },
    host: { host: name, ...(user && { user }), ...(port && { port }) },
    left: async () => (await look()).filter((line) => !before.includes(line)),
    compared: "it has no new link, rule, unit, process or file of pulumi-kvm",
    seen: async () => [],
    keep: async (outputs) => {
      const file = join(folder, "ssh_config");
      await writeFile(file, `${outputs.sshConfig}\nInclude ~/.ssh/config\n`);
      print(
        `\nThe lab keeps running. To log in:\n  ssh -F ${file} ${guest}\nTo destroy it:\n  ${destroy(destination)}\n`,
      );
    },
    howToDestroy: destroy(destination),
    close: async () => closeTransports(),
  };
}

const destroy = (destination: string) => `npm run demo -- --host ${destination} --destroy`;

/** The objects before the first lab. A run with --destroy compares with them too. */
async function firstLook(folder: string, look: () => Promise<string[]>): Promise<string[]> {
  const file = join(folder, "before.json");
  const now = await look();
  if (existsSync(file)) return JSON.parse(await readFile(file, "utf8"));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify(now));
  return now;
}

function stateHome(): string {
  return process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
}

/** Lists all objects of pulumi-kvm on the host. They carry its name: see docs/state-on-the-host.md. */
const traces = `# look for what pulumi-kvm has made
for alias in /sys/class/net/*/ifalias; do
  if grep -qs '^pulumi-kvm:' "$alias"; then echo "link $(basename "$(dirname "$alias")")"; fi
done
find /etc/pulumi-kvm /var/lib/pulumi-kvm /run/pulumi-kvm /etc/systemd/system/*pulumi-kvm* 2>/dev/null | sed 's/^/file /'
systemctl list-units --all --no-legend --plain '*pulumi-kvm*' | awk '{ print "unit", $1 }'
{ iptables-save; ip6tables-save; nft list ruleset; } 2>/dev/null | grep pulumi-kvm | sed 's/^ */rule /'
pgrep -af 'qemu.*[/]pulumi-kvm/' | sed 's/^[0-9]* \\(.\\{60\\}\\).*/process \\1/'
echo "setting net.ipv4.ip_forward=$(cat /proc/sys/net/ipv4/ip_forward)"
`;
