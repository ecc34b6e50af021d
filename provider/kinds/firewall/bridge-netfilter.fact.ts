import type { Fact } from "../../core/fact";
import { sh } from "../../core/shell";

/** Whether frames between the ports of a bridge go through the packet filter (br_netfilter). */
export interface BridgeNetfilter {
  /** br_netfilter is loaded as a module or built in. */
  active: boolean;
  v4: boolean;
  v6: boolean;
}

export const bridgeNetfilter: Fact<BridgeNetfilter> = {
  name: "bridge netfilter",
  isStatic: true,
  command: sh`
    cd /proc/sys/net
    for key in iptables ip6tables; do
      if [ -e "bridge/bridge-nf-call-$key" ]; then printf '%s=%s\\n' "$key" "$(cat "bridge/bridge-nf-call-$key")"; fi
    done`,
  parse: (output) => {
    const lines = output.split("\n");
    return {
      active: lines.some((line) => line.startsWith("iptables=")),
      v4: lines.includes("iptables=1"),
      v6: lines.includes("ip6tables=1"),
    };
  },
};
