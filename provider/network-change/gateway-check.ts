import { type Sh, sh } from "../core/shell";

/**
 * A login does not prove that the gateway is right: a client on the same LAN needs no gateway. So each gateway must
 * answer ARP or neighbour discovery on its device. The check deletes the neighbour entry first, so that the kernel asks
 * again.
 */
export const gatewayFunctions: Sh = sh`
  gateways() { # FAMILY DEVICE
    ip "-$1" -oneline route show default 2>/dev/null | sed 's/nexthop/\\n/g' | grep -E " dev $2( |$)" |
      sed -n 's/.*via \\(inet6 \\)\\{0,1\\}\\([^ ]*\\).*/\\2/p' | sort -u
  }
  answers() { # GATEWAY DEVICE
    case $1 in *:*) family=6 ;; *) family=4 ;; esac
    ip "-$family" neigh del "$1" dev "$2" 2>/dev/null || :
    for try in 1 2 3; do
      if command -v ping >/dev/null; then
        ping "-$family" -n -q -c 1 -W 1 -I "$2" "$1" >/dev/null 2>&1 || :
      else
        timeout 1 bash -c 'echo >"/dev/udp/$0/9"' "$1" 2>/dev/null || :
        sleep 0.3
      fi
      case "$(ip "-$family" neigh show to "$1" dev "$2")" in
        *INCOMPLETE*|*FAILED*) ;;
        *lladdr*) return 0 ;;
      esac
    done
    return 1
  }
  silent() { # DEVICE: the gateways that do not answer
    for gateway in $(gateways 4 "$1") $(gateways 6 "$1"); do
      answers "$gateway" "$1" || echo "$gateway"
    done
  }`;
