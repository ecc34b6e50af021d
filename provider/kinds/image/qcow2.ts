import { sh } from "../../core/shell";

/** The largest disk, and the largest size that an image may claim: 64 TiB. */
export const largestDiskGiB = 65_536;

/** hex FILE OFFSET COUNT: prints bytes of a file in hex; fewer bytes at its end. */
export const hex = sh`
  hex() {
    od -An -v -tx1 -j"$2" -N"$3" "$1" 2>/dev/null | tr -d ' \\n'
  }`;

/**
 * qcow2_problem FILE BASE: prints why QEMU must not open the file, and nothing when it may. A qcow2 file can name other
 * files of the host as its base or as its data, and QEMU would read them. BASE is the only name that the file may have;
 * "" allows no name. This function reads the header itself (docs/interop/qcow2.txt of QEMU), because qemu-img would
 * open the named files.
 *
 * We accept two incompatible features. Dirty (bit 0): the reference counts are stale, the data is right. Compression
 * type (bit 3): zstd instead of zlib. We refuse corrupt (1), an external data file (2), extended L2 entries (4), which
 * older QEMUs cannot read, and all unknown bits.
 */
export const qcow2Problem = sh`
  qcow2_problem() {
    if [ "$(stat -c %s "$1")" -lt 104 ]; then echo "it is cut off: its header is not complete"; return; fi
    version=$(hex "$1" 4 4)
    case $version in
      00000002) next=72 ;;
      00000003) next=$((0x$(hex "$1" 100 4))) ;;
      *) echo "its version of qcow2 is neither 2 nor 3. Convert it with: qemu-img convert -O qcow2"; return ;;
    esac
    if [ "$(hex "$1" 8 8)" != 0000000000000000 ]; then
      at=$((0x$(hex "$1" 8 8))) length=$((0x$(hex "$1" 16 4)))
      if [ -z "$2" ] || [ $length -gt 1023 ] || [ "$(tail -c +$((at + 1)) "$1" | head -c $length | tr -d '\\0')" != "$2" ]; then
        echo "it stands on another file (it has a backing file). Flatten it with: qemu-img convert -O qcow2"; return
      fi
    fi
    if [ "$(hex "$1" 32 4)" != 00000000 ]; then echo "it is encrypted, so no guest can start from it"; return; fi
    case $(hex "$1" 24 8) in
      0000[0-3]*|0000400000000000) ;;
      *) echo "it claims to be a disk of more than ${largestDiskGiB} GiB"; return ;;
    esac
    if [ $version = 00000003 ]; then
      if [ $next -lt 104 ]; then echo "its header is shorter than that of any qcow2 file"; return; fi
      case $(hex "$1" 72 8) in
        000000000000000[0189]) ;;
        *[4567cdef]) echo "its data is in another file (an external data file). Flatten it with: qemu-img convert -O qcow2"; return ;;
        *[23ab]) echo "it is marked as corrupt. Repair it with: qemu-img check -r all"; return ;;
        *) echo "it uses features that not every QEMU knows. Convert it with: qemu-img convert -O qcow2"; return ;;
      esac
    fi
    case $(hex "$1" 20 4) in
      00000009|0000000[a-f]|0000001[0-5]) cluster=$((1 << 0x$(hex "$1" 20 4))) ;;
      *) echo "its cluster size is none that QEMU takes"; return ;;
    esac
    left=64
    while [ $left -gt 0 ] && [ $((next + 8)) -le $cluster ]; do
      case $(hex "$1" $next 4) in
        00000000) return ;;
        44415441) echo "its data is in another file (an external data file). Flatten it with: qemu-img convert -O qcow2"; return ;;
        ????????) next=$((next + 8 + (0x$(hex "$1" $((next + 4)) 4) + 7) / 8 * 8)) ;;
        *) break ;;
      esac
      left=$((left - 1))
    done
    echo "its header has no end. Convert it with: qemu-img convert -O qcow2"
  }`;
