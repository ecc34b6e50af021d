// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh } from "../../core/shell";
import type { GuestWant } from "./guest-args";
import { runFolder } from "./guest-state.fact";

/**
 * In a user-mode network, QEMU makes the guest's connections itself, and maps 10.0.2.2 to the host's loopback. So a
 * guest would reach services that listen for the host only. Packet filter rules reject this, by the guest's user.
 * Replies through forwarded ports and queries to port 53 still pass. The rules live as long as the run folder.
 */
export function closeLoopback(want: GuestWant): Sh | false {
  if (!needsClosedLoopback(want)) return false;
  const forwards = want.nics.flatMap(({ user }) => user?.hostForwards ?? []);
  const answers = forwards.filter(({ protocol }) => protocol === "udp").map(({ hostPort }) => hostPort);
  return lines(
    closeByNft(answers),
    closeByIptables(answers),
    sh`
    if command -v nft >/dev/null && close_by_nft; then : >${closedBy(want, "nft")}
    else each_iptables close_by_iptables; : >${closedBy(want, "iptables")}
    fi`,
  );
}

/** Whether the guest has a user-mode network, and no NIC sets hostLoopback. */
export function needsClosedLoopback(want: GuestWant): boolean {
  return want.nics.some(({ user }) => user !== undefined) && !hasOpenLoopback(want);
}

export function hasOpenLoopback({ nics }: GuestWant): boolean {
  return nics.some(({ user }) => user?.hostLoopback === true);
}

/** Removes the rules of `$user` with the tool that made them. */
export function openLoopback(want: GuestWant): Sh {
  return sh`
    ${eachIptables}
    drop_rules() { # TOOL ADDRESSES
      "$1" -w -D OUTPUT -d "$2" -m owner --uid-owner $user -j pulumi-kvm-$user
      "$1" -w -F pulumi-kvm-$user
      "$1" -w -X pulumi-kvm-$user
    }
    if [ -e ${closedBy(want, "nft")} ]; then nft delete table inet pulumi_kvm_guest_$user; fi
    if [ -e ${closedBy(want, "iptables")} ]; then each_iptables drop_rules; fi`;
}

function closedBy({ name }: GuestWant, tool: "nft" | "iptables"): string {
  return `${runFolder}/${name}/closed.${tool}`;
}

/**
 * Replaces a table that an earlier start may have left. The first `add` lets the `delete` succeed without such a table.
 */
function closeByNft(answers: readonly number[]): Sh {
  return sh`
    close_by_nft() {
      table="inet pulumi_kvm_guest_$user"
      printf '%s\n' "add table $table" "delete table $table" "add table $table" "add chain $table closed" \
        "add chain $table output { type filter hook output priority 0; policy accept; }" \
        "add rule $table closed tcp flags & (syn | ack) != syn accept" \
        "add rule $table closed tcp dport 53 accept" "add rule $table closed udp dport 53 accept" \
        ${answers.map((port) => sh`"add rule $table closed udp sport ${port} accept"`)} \
        "add rule $table closed meta l4proto tcp reject with tcp reset" "add rule $table closed reject" \
        "add rule $table output meta skuid $user ip daddr 127.0.0.0/8 goto closed" \
        "add rule $table output meta skuid $user ip6 daddr ::1 goto closed" | nft -f -
    }`;
}

const eachIptables = sh`
    each_iptables() {
      if command -v iptables >/dev/null; then "$1" iptables 127.0.0.0/8; fi
      if command -v ip6tables >/dev/null; then "$1" ip6tables ::1/128; fi
    }`;

function closeByIptables(answers: readonly number[]): Sh {
  return sh`
    ${eachIptables}
    close_by_iptables() { # TOOL ADDRESSES
      "$1" -w -N pulumi-kvm-$user
      "$1" -w -A pulumi-kvm-$user -p tcp ! --syn -j RETURN
      for protocol in tcp udp; do "$1" -w -A pulumi-kvm-$user -p $protocol --dport 53 -j RETURN; done
      for port in ${answers}; do "$1" -w -A pulumi-kvm-$user -p udp --sport $port -j RETURN; done
      "$1" -w -A pulumi-kvm-$user -p tcp -j REJECT --reject-with tcp-reset
      "$1" -w -A pulumi-kvm-$user -j REJECT
      "$1" -w -I OUTPUT -d "$2" -m owner --uid-owner $user -j pulumi-kvm-$user
    }`;
}
