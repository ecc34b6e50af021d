import { firewall, links, routes, rules, withoutNoise } from "./snapshotNoise";

/** One line for each thing, with its section first. Two snapshots can be compared, and a difference is readable. */
export type Snapshot = string;

/** Everything that a run could leave on a settled hypervisor: see settled.ts. */
export async function takeSnapshot(exec: (script: string) => Promise<string>): Promise<Snapshot> {
  const commands = Object.entries(sections).map(([name, { command }]) => `echo '${marker}${name}'\n${command}`);
  const output = await exec(commands.join("\n"));
  const lines = output.split(marker).slice(1).flatMap(readSection);
  return `${lines.join("\n")}\n`;
}

/** Lines that only one of the two has, as `- line` and `+ line`. Empty when nothing was left. */
export function difference(before: Snapshot, after: Snapshot): string[] {
  const [old, current] = [before.split("\n"), after.split("\n")];
  const gone = old.filter((line) => !current.includes(line)).map((line) => `- ${line}`);
  const added = current.filter((line) => !old.includes(line)).map((line) => `+ ${line}`);
  return [...gone, ...added];
}

function readSection(part: string): string[] {
  const [name = "", ...said] = part.split("\n");
  const read = sections[name]?.read ?? ((text) => text.split("\n"));
  const found = read(said.join("\n")).filter((line) => line.trim());
  return [...new Set(withoutNoise(name, found))].sort().map((line) => `${name} ${line}`);
}

const marker = "@@@ ";

interface Section {
  command: string;
  /** Makes lines of the command's output. @default the lines of the output */
  read?: (output: string) => string[];
}

const keptFolders = "/etc /root /home /opt /srv /usr/local /var/lib /var/spool /var/tmp";
const notPackages = "-path /var/lib/dpkg -prune -o -path /var/lib/apt -prune -o"; // see the section `package`

// systemctl list-unit-files would take half a second. Links in /etc/systemd show which units are enabled: see `file`.
const unitFolders =
  "/usr/lib/systemd /usr/local/lib/systemd /run/systemd/system /run/systemd/generator* /run/systemd/transient";

const sections: Record<string, Section> = {
  link: { command: "ip -json -details link", read: links },
  address: { command: "ip -brief address | sed 's/@[^ ]*//; s/  */ /g'" },
  route: { command: "ip -4 route show table all; ip -6 route show table all", read: routes },
  rule: { command: "ip -4 rule; ip -6 rule" },
  nft: { command: "nft -j list ruleset", read: firewall },
  iptables: {
    command: "for f in iptables ip6tables iptables-legacy ip6tables-legacy; do $f-save 2>/dev/null; done",
    read: rules,
  },
  sysctl: { command: "sysctl -a --pattern '^net[.]' 2>/dev/null" },
  unit: {
    command: "systemctl list-units --no-legend --plain --state=active,activating,failed | awk '{print $1, $3, $4}'",
  },
  "unit-file": { command: `find ${unitFolders} ! -type d -printf '%p %l\\n' 2>/dev/null` },
  process: { command: "ps -e --no-headers -o comm" },
  package: { command: "dpkg-query --show" },
  account: { command: "cat /etc/passwd /etc/group" },
  file: { command: `find ${keptFolders} -xdev ${notPackages} -printf '%p %M %u:%g %l\\n'` },
  content: {
    command: `find ${keptFolders} -xdev ${notPackages} -type f -print0 | xargs -0 sha256sum | sed 's/\\(.*\\)  \\(.*\\)/\\2 \\1/'`,
  },
  running: { command: "find /run /tmp -printf '%p %M %u:%g %l\\n'" },
};
