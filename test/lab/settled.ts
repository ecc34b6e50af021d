import { setTimeout as sleep } from "node:timers/promises";

/** What a host gets by itself, some time after it was started or its network was changed. */
export interface Expected {
  /** An address and a route from the router's advertisement (RFC 4861). */
  advertisement: boolean;
}

/**
 * Waits until a host has settled: until all that comes by itself has come. A comparison of two looks at a host is sure
 * only between moments like that.
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

/** Each prints a line for each reason to wait. First what has to come: what comes after a look is not seen to be unfinished. */
const advertisement = [
  `[ "$(ip -6 -oneline address show scope global dynamic)" ] || echo 'no address from a router advertisement'`,
  // Beside a static route to anywhere the kernel shows it as a second next hop of that one.
  `ip -6 -oneline route show default | grep -q 'via fe80:' || echo 'no route from a router advertisement'`,
];

const always = [
  `[ "$(ip -4 -oneline address show scope global)" ] || echo 'no IPv4 address'`,
  // Duplicate address detection takes a second or two, and the address's routes come afterwards.
  `ip -6 -oneline address show tentative | sed 's/^/a tentative address: /'`,
  `routes=$(ip -6 route show table local)
  ip -6 -oneline address show | sed -n 's/.* inet6 \\([^/ ]*\\).*/\\1/p' | while read -r address; do
    case $routes in *"local $address "*) ;; *) echo "an address without its own route: $address" ;; esac
  done`,
  `systemctl list-jobs --no-legend | grep -E ' (waiting|running)$' | sed 's/^/a job of systemd: /' || :`,
  `systemctl list-units --no-legend --plain --state=activating,deactivating,reloading | grep -v ' tentative ' | sed 's/^/a unit between two states: /'`,
];
