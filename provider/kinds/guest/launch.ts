import { lines, type Sh, sh, text } from "../../core/shell";
import { consoleBytes } from "./console";
import type { GuestWant } from "./guest-args";
import { guestFolder, runFolder } from "./guest-state.fact";
import { keepHostKeys } from "./host-keys";
import { readUser } from "./user";

/** By which number the start script finds the seed open. */
export const seedDescriptor = 8;

/** QEMU writes what comes on the console to this pipe; its reader keeps the log within its limit. */
export function consolePipe(name: string): string {
  return `${runFolder}/${name}/console.log`;
}

/**
 * The launch script, root's: opens what the guest's user must not open by itself (taps, the seed), and becomes the
 * start script as that user. With an open tap QEMU needs no right to any tap, whoever owns it.
 */
export function launchScript(want: GuestWant, groups: readonly string[]): string {
  const folder = `${guestFolder}/${want.name}`;
  const taps = want.nics.flatMap(({ tap }) => tap ?? []);
  const memberOf = groups.length > 0 ? sh`--groups=${groups.join(",")}` : sh`--clear-groups`;
  const script = lines(
    sh`#!/bin/sh`,
    sh`set -eu; umask 077; cd /`,
    readUser(want.name),
    keepConsole(want.name),
    want.cloudInit && sh`exec 8<${`${runFolder}/${want.name}/seed.img`}`,
    taps.length > 0 ? opener(taps) : sh`set --`,
    sh`exec "$@" setpriv --reuid=$user --regid=$user ${memberOf} --no-new-privs --bounding-set=-all --inh-caps=-all \
  /bin/sh ${`${folder}/start`}`,
  );
  return `${text(script)}\n`;
}

/**
 * The limit is that of the kernel on the size of a file: what is beyond it goes to a new file, and the older one is
 * dropped. Of what comes at that moment some may be lost.
 */
function keepConsole(name: string): Sh {
  const log = `${guestFolder}/${name}/log`;
  return sh`
    keep_console() {
      trap '' XFSZ
      ulimit -f ${consoleBytes / 512}
      until cat >>${`${log}/console`}; do
        ${keepHostKeys(name)}
        mv -f ${`${log}/console`} ${`${log}/console.old`} || break
      done
      rm -f ${consolePipe(name)}
    } 2>/dev/null
    keep_console <${consolePipe(name)} &`;
}

/** The shell cannot attach to a tap; perl or Python can, and one of them is on every distribution that has QEMU. */
function opener(taps: readonly string[]): Sh {
  return sh`
    if command -v perl >/dev/null; then set -- perl -e ${perl}; else set -- python3 -c ${python}; fi
    set -- "$@" ${taps} --`;
}

/** TUNSETIFF makes a tap that is not there: hence the look before. 0x5002: a tap, no packet information, VNET_HDR. */
const perl = `
use Fcntl; $^F = 255; $n = 0;
while (defined($tap = shift) && $tap ne "--") {
  -e "/sys/class/net/$tap" or die "there is no tap $tap\\n";
  sysopen($fd[$n], "/dev/net/tun", O_RDWR) or die "/dev/net/tun: $!\\n";
  ioctl($fd[$n], 0x400454ca, pack("a16 S x22", $tap, 0x5002)) or die "the tap $tap: $!\\n";
  $ENV{"tap$n"} = fileno $fd[$n];
  $n++;
}
exec @ARGV or die "$ARGV[0]: $!\\n";
`.trim();

const python = `
import fcntl, os, struct, sys
end = sys.argv.index("--")
for n, tap in enumerate(sys.argv[1:end]):
    if not os.path.exists("/sys/class/net/" + tap): sys.exit("there is no tap " + tap)
    fd = os.open("/dev/net/tun", os.O_RDWR)
    try: fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", tap.encode(), 0x5002))
    except OSError as error: sys.exit("the tap %s: %s" % (tap, error.strerror))
    os.set_inheritable(fd, True)
    os.environ["tap%d" % n] = str(fd)
os.execvp(sys.argv[end + 1], sys.argv[end + 1:])
`.trim();
