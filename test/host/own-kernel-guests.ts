import assert from "node:assert/strict";
import type { Hypervisor } from "../lab/hypervisor";
import type { Made, Owner } from "./owner";
import { theLab } from "./site";

/** A hypervisor with its own kernel, and the resources on it so far. */
export interface OwnKernel {
  machine: Hypervisor;
  anna: Owner;
  made: Made[];
}

/** Guests are network namespaces, because emulation inside emulation is too slow. */

/** Two guests on a bridge. The second one is also a web server. */
export const neighbours = `set -e
ip link add name br0 type bridge
for n in 1 2; do
  ip netns add n$n
  ip link add name p$n type veth peer name eth0 netns n$n
  ip link set dev p$n master br0 up
  ip -netns n$n address add 192.0.2.$n/24 dev eth0
  ip -netns n$n link set dev eth0 up
  ip -netns n$n route add default via 192.0.2.254
done
ip link set dev br0 up
ip address add 192.0.2.254/24 dev br0
mkdir -p /srv/www && echo guest >/srv/www/index.html
ip netns exec n2 busybox httpd -p 80 -h /srv/www`;

/** Prints whether a namespace hears an address. */
export function hears(namespace: string, address: string): string {
  return `ip netns exec ${namespace} ping -c 1 -W 5 ${address} >/dev/null && echo heard || echo not heard`;
}

export const heard = hears("n1", "192.0.2.2");

/** A Docker container with a published port. Its image is made of busybox, and comes from no registry. */
export const container = `set -e
mkdir -p /srv/box/bin /srv/box/www
cp /bin/busybox /srv/box/bin/
echo container >/srv/box/www/index.html
tar -C /srv/box -c . | docker import - box
docker run -d --name box --restart always -p 8081:80 box /bin/busybox httpd -f -p 80 -h /www`;

export async function make({ anna, made }: OwnKernel, kind: string, path: string, args: object): Promise<Made> {
  const one = await anna.make(kind, path, { ...args });
  made.push(one);
  return one;
}

/** Refreshes all at once, so that they share one script. */
export async function areAsWished({ anna, made }: OwnKernel): Promise<void> {
  const seen = await Promise.all(made.map((one) => anna.refresh(one)));
  assert.deepEqual(
    seen.map((one) => one?.inputs),
    made.map(({ inputs }) => inputs),
  );
}

/** Fetches a page from a port of the machine. Under emulation, the server of a container may need a minute to start. */
export async function page({ machine }: OwnKernel, port: number): Promise<string> {
  const end = performance.now() + 90_000;
  for (;;) {
    try {
      return await (await fetch(`http://${machine.address}:${port}/`, { signal: AbortSignal.timeout(30_000) })).text();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** Whether the second guest reaches the outside, with the machine's address as its source. */
export async function getsOut({ machine }: OwnKernel): Promise<boolean> {
  const { outside } = await theLab();
  const before = outside.requests.length;
  const said = await machine.exec(`ip netns exec n2 curl -sf -m 30 ${outside.url}out >/dev/null && echo out || :`);
  const came = outside.requests.slice(before).find(({ path }) => path === "/out");
  assert.equal(came?.from, said === "out" ? machine.address : undefined);
  return said === "out";
}

/** The second guest reaches the outside, and is reached. */
export async function connects(at: OwnKernel): Promise<void> {
  assert.ok(await getsOut(at), "the guest does not get out");
  assert.equal(await page(at, 8080), "guest\n");
}

/**
 * Starts or reloads firewalld until it answers. Its unit fails when firewall-cmd gets no answer in time, as on a busy
 * machine under emulation, and a reload takes longer than firewall-cmd waits.
 */
export const firewalld = {
  started: untilItAnswers("systemctl start firewalld"),
  restarted: untilItAnswers("systemctl restart firewalld"),
  reloaded: untilItAnswers("firewall-cmd --reload >/dev/null"),
};

function untilItAnswers(command: string): string {
  return `${command} || for i in $(seq 20); do
  if firewall-cmd --state; then break; fi
  sleep 5
  systemctl start firewalld || :
done
firewall-cmd --state`;
}
