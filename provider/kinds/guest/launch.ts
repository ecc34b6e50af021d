// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh, text } from "../../core/shell";
import { consoleBytes } from "./console";
import type { GuestWant } from "./guest-args";
import { guestFolder, runFolder } from "./guest-state.fact";
import { keepHostKeys } from "./host-keys";
import { readUser } from "./user";

/** The file descriptor through which the start script gets the seed. */
export const seedDescriptor = 8;

/** QEMU writes the console output to this pipe. The reader of the pipe writes the log, within its size limit. */
export function consolePipe(name: string): string {
  return `${runFolder}/${name}/console.log`;
}

/**
 * The launch script, which root runs. It opens the taps and the seed, which the guest's user cannot open, then becomes
 * the start script as that user. QEMU gets the taps open, so that it needs no right to them, whoever owns them.
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
 * The kernel's limit on the size of a file (`ulimit -f`) limits the log. Further output goes to a new file, and the
 * full file replaces the older one. Some output may be lost at that moment.
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

/** A shell cannot attach to a tap. perl and Python can, and every distribution with QEMU has one of them. */
function opener(taps: readonly string[]): Sh {
  return sh`
    if command -v perl >/dev/null; then set -- perl -e ${perl}; else set -- python3 -c ${python}; fi
    set -- "$@" ${taps} --`;
}

/** TUNSETIFF creates a tap that is absent, so check first. 0x5002 is IFF_TAP, IFF_NO_PI and IFF_VNET_HDR. */
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
