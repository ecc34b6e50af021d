// Differences between two snapshots of a hypervisor without any action between them, each with its reason.

const noise: Record<string, [RegExp, string][]> = {
  sysctl: [
    [/nf_conntrack_count/, "connections come and go"],
    [/tcp_fastopen_key/, "made up at boot"],
    [
      /^net\.(ipv4|ipv6|mpls)\.(conf|neigh)\.(?!(all|default|lo|host0)\.)/,
      "go with their link, which has a line of its own",
    ],
  ],
  unit: [
    [/^(session-|user-|user@|run-user-)/, "a login, ours perhaps"],
    [/\.device /, "udev's view of this machine's disks"],
    [/^system-.*\.slice/, "systemd keeps a template's slice when the last instance has gone"],
    [
      /^(systemd-(hostnamed|localed|timedated)|NetworkManager-dispatcher)\./,
      "started by whoever asks, and gone again half a minute later",
    ],
    [/^(apt-daily|dpkg-db-backup|systemd-tmpfiles-clean|e2scrub_all)/, "the distribution's own timers"],
  ],
  "unit-file": [[/\/(session-|run-user-|user-)/, "a login"]],
  process: [
    [/^(systemd-(hostnam|hostnamed|localed|timedat|timedated)|nm-dispatcher)$/, "started by whoever asks"],
    [
      /^(sshd|sshd-session|sshd-auth|sftp-server|systemd|\(sd-pam\)|sudo|bash|sh|ps|find|\(udev-worker\))$/,
      "a login, or this very look",
    ],
  ],
  file: [
    [/^\/var\/lib\/(systemd|dhcp|sudo|NetworkManager)\//, "seeds, stamps and leases"],
    [/^\/var\/tmp\/systemd-private-/, "a service's own /tmp"],
  ],
  content: [
    [/^\/var\/lib\/(systemd|dhcp|sudo|NetworkManager)\//, "seeds, stamps and leases"],
    [/^\/etc\/resolv\.conf /, "the DHCP client's"],
  ],
  running: [
    [/^\/run\/(log|user|sudo|udev|utmp|lock|systemd|dbus|motd|NetworkManager)\b/, "the system's own, or a login's"],
    [/^\/run\/agetty\.reload /, "tells the login prompts that an address has changed"],
    [/^\/tmp\/systemd-private-/, "a service's own /tmp"],
  ],
};

export function withoutNoise(section: string, lines: string[]): string[] {
  const patterns = noise[section] ?? [];
  return lines.filter((line) => !patterns.some(([pattern]) => pattern.test(line)));
}

// Numbers that the kernel assigns, counters, and the timers of a bridge.
const volatileKeys = new Set([
  ...["ifindex", "link_index", "link_netnsid", "num_tx_queues", "num_rx_queues"],
  ...["hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "handle", "packets", "bytes"],
]);

type Json = Record<string, unknown>;

const steady = (value: unknown) => JSON.stringify(value, (key, inner) => (volatileKeys.has(key) ? undefined : inner));

export function links(output: string): string[] {
  const found: Json[] = JSON.parse(output);
  return found.map((link) => `${link.ifname} ${steady(link)}`);
}

export function routes(output: string): string[] {
  return output.split("\n").map((line) => line.replace(/ expires \d+sec/, ""));
}

/**
 * One line for each rule, and for each policy and chain that a program set. Built-in chains appear when something reads
 * them.
 */
export function rules(output: string): string[] {
  const lines = output.split("\n").map((line) => line.replace(/\[\d+:\d+\]/, "").trim());
  return lines.filter((line) => line.startsWith("-") || (line.startsWith(":") && !line.endsWith(" ACCEPT")));
}

/** All objects, except empty tables that the iptables commands create when they read. */
export function firewall(output: string): string[] {
  const { nftables }: { nftables: Json[] } = JSON.parse(output || '{"nftables": []}');
  const objects = nftables.flatMap((entry) => Object.entries(entry) as [string, Json][]);
  const lines = objects.filter(([kind, object]) => kind !== "metainfo" && !isEmptyBuiltIn(kind, object, objects));
  return lines.map(([kind, object]) => `${kind} ${steady(object)}`);
}

function isEmptyBuiltIn(kind: string, { family, table, name, hook, policy }: Json, all: [string, Json][]): boolean {
  const ownTable = kind === "table" ? name : table;
  if (!/^ip6?$/.test(String(family)) || !/^(filter|nat|mangle|raw|security)$/.test(String(ownTable))) return false;
  const inIt = all.filter(([, object]) => object.family === family && object.table === ownTable);
  if (kind === "chain" && (!hook || policy !== "accept")) return false;
  return (kind === "table" || kind === "chain") && inIt.every(([inner, object]) => inner === "chain" && object.hook);
}
