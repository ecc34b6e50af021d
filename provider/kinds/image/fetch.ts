import { curlAlways, curlConfig, withoutSecrets } from "../../core/curl";
import { lines, type Sh, sh, text } from "../../core/shell";
import { formats } from "./image-format";
import { fetchLog, fetchUnit, imageFolder } from "./image-store.fact";
import { qcow2Problem } from "./qcow2";

/** The parameters of a fetch. */
export interface Wish {
  name: string;
  source: string;
  sha256?: string | undefined;
  timeoutSeconds: number;
}

/** The files of one fetch. Only root can read them, because a URL may hold a password. */
export function paths({ name }: Pick<Wish, "name">) {
  const own = `${imageFolder}/users/${name}`;
  return { own, part: `${own}.part`, unpacked: `${own}.unpacked`, log: fetchLog(name), script: `${own}.sh` };
}

/**
 * Runs the fetch in a transient systemd unit, which survives the end of this connection. No run holds the host's lock
 * during the fetch. This step only waits until the unit exists: otherwise the next look would find no fetch and start
 * it again. The unit has its own time limit.
 */
export function start(want: Wish): Sh {
  const { script, log, own } = paths(want);
  const limits = [`--property=RuntimeMaxSec=${Math.ceil(want.timeoutSeconds)}`, "--property=UMask=0077"];
  return lines(
    sh`( umask 077; printf %s ${text(fetchScript(want))} >${script} )`,
    sh`rm -f ${own}`,
    sh`systemd-run --quiet --unit=${fetchUnit(want.name)} ${limits} /bin/sh -c ${'exec /bin/sh "$0" >"$1" 2>&1'} ${script} ${log}`,
  );
}

/**
 * The argument sha256 is that of the file before unpacking. The name in the store has the SHA-256 of the stored file.
 */
function fetchScript(want: Wish): Sh {
  const { own, part, unpacked, script, log } = paths(want);
  return lines(
    sh`
    set -eu; umask 077
    trap 'rm -f "$0" '${part}' '${unpacked} EXIT
    trap 'exit 1' HUP INT TERM
    fail() { echo "$1" >&2; exit 1; }`,
    formats,
    qcow2Problem,
    obtain(want),
    sh`
    sum=$(sha256sum ${part} | cut -c1-64)
    wanted=${want.sha256 ?? ""}
    if [ -n "$wanted" ] && [ "$sum" != "$wanted" ]; then
      fail "the checksum of "${withoutSecrets(want.source)}" is $sum, not $wanted"
    fi
    format=$(format_of ${part})
    for layer in outer inner; do
      case $format in xz|gzip|zstd|bzip2|tar) ;; *) break ;; esac
      unpack $format ${part} ${unpacked}
      mv ${unpacked} ${part}
      sum=
      format=$(format_of ${part})
    done
    problem=$(not_an_image $format)
    [ $format != qcow2 ] || problem=$(qcow2_problem ${part} "")
    [ -z "$problem" ] || fail ${`${withoutSecrets(want.source)}: `}"$problem"
    [ -n "$sum" ] || sum=$(sha256sum ${part} | cut -c1-64)
    target=${imageFolder}/$sum.$format
    if [ ! -e "$target" ]; then
      chmod 444 ${part}
      touch -d @0 ${part}
      sync ${part}
      mv -n ${part} "$target"
    fi
    printf '%s\\n' "$sum.$format" >${`${own}.new`}
    sync ${`${own}.new`}
    mv ${`${own}.new`} ${own}
    rm -f ${log} ${script}`,
  );
}

function obtain(want: Wish): Sh {
  const { part } = paths(want);
  if (/^https?:/.test(want.source)) return download(want);
  if (want.source.startsWith("/")) return sh`cp --reflink=auto -- ${want.source} ${part}`;
  return sh`[ -f ${part} ]`;
}

function download({ source, ...want }: Wish): Sh {
  const { part } = paths(want);
  const limits = sh`--connect-timeout 20 --max-time ${Math.ceil(want.timeoutSeconds)} --speed-limit 1024 --speed-time 60`;
  return sh`
    blocks=$(room ${imageFolder})
    code=0
    printf '%s\\n' ${curlConfig(source)} |
      bounded "$blocks" curl -fsSL --retry 3 ${limits} --max-filesize $((blocks * 512)) -o ${part} ${curlAlways} || code=$?
    if [ $code = 63 ] || [ $code = 153 ]; then
      fail ${withoutSecrets(source)}" has more than $((blocks * 512)) bytes, which is all that may be written here"
    fi
    [ $code = 0 ] || exit 1`;
}
