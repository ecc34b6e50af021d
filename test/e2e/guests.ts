import type { Hypervisor } from "../lab/hypervisor.js";

/** The process of a guest's QEMU. Its name begins with the resource's. */
export async function pidOf(tower: Hypervisor, guest: string): Promise<string> {
  return (await tower.exec(`systemctl show 'pulumi-kvm-guest@${guest}-*' -p MainPID --value`)).trim();
}

export async function pings(tower: Hypervisor, address: string): Promise<boolean> {
  return (await tower.exec(`ping -q -c 1 -W 2 ${address} >/dev/null && echo yes || :`)).trim() === "yes";
}

/** Keeps a copy of what a guest says on its serial console: the console's own file goes with the guest. */
export async function followConsole(tower: Hypervisor, guest: string): Promise<() => Promise<string>> {
  const copy = `/tmp/console-of-${guest}`;
  const file = `/var/lib/pulumi-kvm/guests/${guest}-*/log/console`;
  const pid = await tower.exec(`setsid tail -n +1 -F ${file} >${copy} 2>/dev/null </dev/null & echo $!`);
  return () => tower.exec(`sleep 0.2; kill ${pid.trim()}; cat ${copy}; rm ${copy}`);
}

/** What a tiny guest's shell answers on the serial console. */
export async function typed(tower: Hypervisor, guest: string, command: string): Promise<string> {
  // The marker is typed in two parts, so that its echo is not taken for it.
  const script = String.raw`use IO::Socket::UNIX; $| = 1; alarm 20;
    $console = IO::Socket::UNIX->new(Peer => glob "/run/pulumi-kvm/${guest}-*/console.sock") or die;
    print $console "$ARGV[0]; echo the\\ end\n";
    while (<$console>) { s/\r//g; last if /the end/; print }`;
  return tower.exec(`perl -e '${script}' '${command}'`);
}
