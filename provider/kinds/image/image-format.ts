import { lines, sh } from "../../core/shell";
import { hex } from "./qcow2";
import { asImageUser } from "./qemu-img";

/** Maximum size in GiB of a downloaded or unpacked image. A sparse file that is already on the host may be larger. */
const largestImageGiB = 64;

/**
 * format_of FILE: finds the format by the magic number, because a file name proves nothing. A file without a known
 * magic number is raw, because a disk can hold any bytes.
 */
const formatOf = sh`
  format_of() {
    case $(hex "$1" 0 8) in
      514649fb*) echo qcow2; return ;;
      fd377a585a00*) echo xz; return ;;
      1f8b08*) echo gzip; return ;;
      28b52ffd*) echo zstd; return ;;
      425a683[1-9]31415926) echo bzip2; return ;;
      504b0304*|504b0506*) echo zip; return ;;
      377abcaf271c*) echo 7z; return ;;
      04224d18*) echo lz4; return ;;
      4b444d56*|434f5744*|23204469736b2044) echo vmdk; return ;;
      636f6e6563746978) echo vhd; return ;;
      7668647866696c65) echo vhdx; return ;;
      51454400*) echo qed; return ;;
      576974686f757446|576974686f754672) echo parallels; return ;;
      7f454c46*) echo elf; return ;;
      3c21444f43545950|3c21646f63747970|3c68746d6c*|3c48544d4c*) echo html; return ;;
    esac
    [ "$(hex "$1" 64 4)" != 7f10dabe ] || { echo vdi; return; }
    [ "$(hex "$1" 257 5)" != 7573746172 ] || { echo tar; return; }
    [ "$(hex "$1" 32769 5)" != 4344303031 ] || { echo iso; return; }
    case $(tail -c 512 "$1" | head -c 8 | od -An -v -tx1 | tr -d ' \\n') in
      636f6e6563746978) echo vhd; return ;;
      6b6f6c79*) echo dmg; return ;;
    esac
    echo raw
  }`;

/**
 * not_an_image FORMAT: prints why we refuse the format, and what to do instead. Prints nothing for an accepted format.
 */
const notAnImage = sh`
  not_an_image() {
    case $1 in
      vmdk) echo "it is a disk of VMware (vmdk). Convert it with: qemu-img convert -O qcow2" ;;
      vhd|vhdx) echo "it is a disk of Hyper-V ($1). Convert it with: qemu-img convert -O qcow2" ;;
      vdi) echo "it is a disk of VirtualBox (vdi). Convert it with: qemu-img convert -O qcow2" ;;
      qed|parallels|dmg) echo "it is a disk image in the format $1. Convert it with: qemu-img convert -O qcow2" ;;
      iso) echo "it is the image of a CD (ISO 9660), and no disk. Give a disk image, such as the distribution's cloud image" ;;
      zip|7z|lz4) echo "it is an archive ($1). Unpack it, and give the disk image that is in it" ;;
      xz|gzip|zstd|bzip2|tar) echo "it is packed more than twice ($1). Unpack it, and give the disk image that is in it" ;;
      elf) echo "it is a program or a kernel (ELF), and no disk" ;;
      html) echo "it is a web page (HTML), and no disk. Look at the URL in a browser" ;;
    esac
  }`;

/** room FOLDER: how much may be written there, in blocks of 512 bytes. It keeps 256 MiB free for the host. */
const room = sh`
  room() {
    most=$((${largestImageGiB} * 2097152))
    free=$(($(stat -f -c '%a * (%S / 512)' "$1") - 524288))
    [ $free -gt 0 ] || fail "No space left on device for it"
    if [ $free -lt $most ]; then echo $free; else echo $most; fi
  }`;

/**
 * bounded BLOCKS COMMAND…: limits the size of each file that the command writes. No core dump, because that has the
 * memory's contents.
 */
const bounded = sh`
  bounded() (
    ulimit -c 0
    ulimit -f "$1"
    shift
    exec "$@"
  )`;

/** unpack FORMAT FROM TO: runs as a user without privileges, which gets only the two open files. */
const unpack = sh`
  unpack() {
    format=$1 from=$2 to=$3 package=$1
    case $format in
      xz) set -- xz -dcq --memlimit-decompress=512MiB; package=xz-utils ;;
      gzip) set -- gzip -dcq ;;
      zstd) set -- zstd -dcq --memory=512MB ;;
      bzip2) set -- bzip2 -dcq ;;
      tar)
        set -- tar -xOf -
        files=$(${asImageUser("tar", "-tvf", "-")} <"$from" 2>/dev/null | head -c 65536 | grep -c '^-') || :
        [ "$files" = 1 ] || fail "it is a tar archive of $files files. Give the disk image that is in it" ;;
    esac
    command -v "$1" >/dev/null ||
      fail "it is packed with $format, and the host lacks $1 (package $package). Install it, or give the image unpacked"
    blocks=$(room "\${to%/*}")
    code=0
    bounded "$blocks" ${asImageUser()} "$@" <"$from" >"$to" || code=$?
    if [ $code = 153 ] || [ "$(stat -c %s "$to")" -ge $((blocks * 512)) ]; then
      fail "unpacked it has more than $((blocks * 512)) bytes, which is all that may be written here"
    fi
    [ $code = 0 ] || fail "it cannot be unpacked: $1 ended with $code. The file may be cut off"
    fallocate --dig-holes "$to" 2>/dev/null || :
  }`;

/**
 * All functions that the script of a fetch needs to check and unpack a file. They call `fail`, which the script must
 * define.
 */
export const formats = lines(hex, formatOf, notAnImage, room, bounded, unpack);
