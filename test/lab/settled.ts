import { setTimeout as sleep } from "node:timers/promises";

/** What a host gets from outside, some time after its start or after a change of its network. */
export interface Expected {
  /** An address and a route from the router's advertisement (RFC 4861). */
  advertisement: boolean;
}

/**
 * Waits until a host has settled: until everything that comes from outside has arrived. Two snapshots of a host are
 * comparable only when they were taken in this state.
 *
 * @throws after a minute, with what it waited for
 */
export async function settled(exec: (script: string) => Promise<string>, expected: Expected): Promise<void> {
  const script = [...(expected.advertisement ? advertisement : []), ...always].join("\n");
  for (const deadline = performance.now() + 60_000; ; await sleep(200)) {
    const reasons = (await exec(script)).trim();
    if (reasons === "") return;
    if (performance.now() > deadline) throw new Error(`The host has not settled within a minute:\n${reasons}`);
  }
}

/**
 * Each command prints a line for each reason to wait. Expected things come first: what arrives later is then also
 * checked for completeness.
 */
const advertisement = [
  `[ "$(ip -6 -oneline address show scope global dynamic)" ] || echo 'no address from a router advertisement'`,
  // Beside a static default route, the kernel shows it as a second next hop of that route.
  `ip -6 -oneline route show default | grep -q 'via fe80:' || echo 'no route from a router advertisement'`,
];

const always = [
  `[ "$(ip -4 -oneline address show scope global)" ] || echo 'no IPv4 address'`,
  // Duplicate address detection takes one or two seconds. The routes of the address come afterwards.
  `ip -6 -oneline address show tentative | sed 's/^/a tentative address: /'`,
  `routes=$(ip -6 route show table local)
  ip -6 -oneline address show | sed -n 's/.* inet6 \\([^/ ]*\\).*/\\1/p' | while read -r address; do
    case $routes in *"local $address "*) ;; *) echo "an address without its own route: $address" ;; esac
  done`,
  `systemctl list-jobs --no-legend | grep -E ' (waiting|running)$' | sed 's/^/a job of systemd: /' || :`,
  `systemctl list-units --no-legend --plain --state=activating,deactivating,reloading | grep -v ' tentative ' | sed 's/^/a unit between two states: /'`,
];
