import type { Hypervisor } from "../lab/hypervisor.js";

/** The PID of a guest's QEMU. The name of the unit begins with the name of the resource. */
export async function pidOf(tower: Hypervisor, guest: string): Promise<string> {
  return (await tower.exec(`systemctl show 'pulumi-kvm-guest@${guest}-*' -p MainPID --value`)).trim();
}

export async function pings(tower: Hypervisor, address: string): Promise<boolean> {
  return (await tower.exec(`ping -q -c 1 -W 2 ${address} >/dev/null && echo yes || :`)).trim() === "yes";
}

/** Copies the output of a guest's serial console. The original file is deleted together with the guest. */
export async function followConsole(tower: Hypervisor, guest: string): Promise<() => Promise<string>> {
  const copy = `/tmp/console-of-${guest}`;
  const file = `/var/lib/pulumi-kvm/guests/${guest}-*/log/console`;
  const pid = await tower.exec(`setsid tail -n +1 -F ${file} >${copy} 2>/dev/null </dev/null & echo $!`);
  return () => tower.exec(`sleep 0.2; kill ${pid.trim()}; cat ${copy}; rm ${copy}`);
}

/** Runs a command on the serial console of a tiny guest, and returns its output. */
export async function typed(tower: Hypervisor, guest: string, command: string): Promise<string> {
  // The command has the end marker in two parts, so that its echo is not taken for the end.
  const script = String.raw`use IO::Socket::UNIX; $| = 1; alarm 180;
    $console = IO::Socket::UNIX->new(Peer => glob "/run/pulumi-kvm/${guest}-*/console.sock") or die;
    print $console "$ARGV[0]; echo the\\ end\n";
    while (<$console>) { s/\r//g; last if /the end/; print }`;
  return tower.exec(`perl -e '${script}' '${command}'`);
}
