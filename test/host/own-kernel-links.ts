/**
 * NICs below a bond and below a VLAN, which systemd-networkd configures at each boot. ifupdown owns the NIC of our own
 * connection. The far ends are on a LAN in a network namespace.
 */
const definitions = {
  "20-eth1.netdev": "[NetDev]\nName=eth1\nKind=veth\n\n[Peer]\nName=far1\n",
  "20-eth2.netdev": "[NetDev]\nName=eth2\nKind=veth\n\n[Peer]\nName=far2\n",
  "20-eth3.netdev": "[NetDev]\nName=eth3\nKind=veth\n\n[Peer]\nName=far3\n",
  "30-far.network": "[Match]\nName=far1 far2 far3\n\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n",
  "40-bond0.netdev":
    "# two cables\n[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=active-backup\nMIIMonitorSec=100ms\nPrimaryReselectPolicy=better\n",
  "40-bond0-ports.network": "[Match]\nName=eth1 eth2\n\n[Network]\nBond=bond0\n",
  "50-bond0.network":
    "[Match]\nName=bond0\n\n[Network]\nAddress=203.0.113.1/24\n\n[Route]\nGateway=203.0.113.254\nMetric=2000\n",
  "40-eth3.5.netdev": "[NetDev]\nName=eth3.5\nKind=vlan\n\n[VLAN]\nId=5\n",
  "40-eth3.network": "[Match]\nName=eth3\n\n[Network]\nVLAN=eth3.5\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n",
  "50-eth3.5.network": "[Match]\nName=eth3.5\n\n[Network]\nAddress=198.51.100.1/24\n",
};

const written = Object.entries(definitions).map(
  ([name, content]) => `cat >/etc/systemd/network/${name} <<'END'\n${content}END`,
);

export const defineLinks = `set -e
${written.join("\n")}
systemctl mask --quiet systemd-networkd-wait-online.service
systemctl enable --quiet --now systemd-networkd
${waitFor("ip -brief address show dev bond0 | grep -q 203.0.113.1/24")}
${waitFor("ip -brief address show dev eth3.5 | grep -q 198.51.100.1/24")}`;

/** The LAN, with an address for the bond and one for the VLAN, and a host that answers. */
export const plugIntoLan = `set -e
ip netns add lan
ip -netns lan link add name lan0 type bridge
for far in far1 far2 far3; do
  ip link set dev $far netns lan
  ip -netns lan link set dev $far master lan0 up
done
ip -netns lan link set dev lan0 up
ip -netns lan address add 203.0.113.254/24 dev lan0
ip -netns lan link add link lan0 name lan0.5 type vlan id 5
ip -netns lan link set dev lan0.5 up
ip -netns lan address add 198.51.100.254/24 dev lan0.5
${waitFor("ip netns exec lan ping -c 1 -W 1 203.0.113.1 >/dev/null")}
${waitFor("ip netns exec lan ping -c 1 -W 1 198.51.100.1 >/dev/null")}`;

/** A guest on a public bridge. It is a web server. */
export const guestOnBond = `set -e
ip netns add n3
ip link add name p3 type veth peer name eth0 netns n3
ip link set dev p3 master br-bond0 up
ip -netns n3 address add 203.0.113.3/24 dev eth0
ip -netns n3 link set dev eth0 up
mkdir -p /srv/www && echo guest >/srv/www/index.html
ip netns exec n3 busybox httpd -p 80 -h /srv/www`;

/** networkd's files with owner, mode, time and content, which show any change. `ofOthers` leaves out our own files. */
export const files = "find /etc/systemd/network -type f -printf '%p %M %u:%g %T@ ' -exec sha256sum {} \\; | sort";
export const ofOthers = `${files} | grep -v /00-pulumi-kvm-`;

/** The state of the ports, the bond, the VLAN and the bridges, as the kernel reports it. */
export const standing = `echo $(tr " " "\\n" </sys/class/net/bond0/bonding/slaves | sort) "$(cut -d ' ' -f 1 /sys/class/net/bond0/bonding/mode)" \
"$(sed -n 's/.*VID: \\([0-9]*\\).*/\\1/p' /proc/net/vlan/eth3.5)"
for link in bond0 eth3.5; do
  echo "$link" $(basename "$(readlink /sys/class/net/$link/master)") $(ip -oneline -4 address show dev $link | grep -c .)
done
for link in br-bond0 br-eth3.5; do ip -oneline -4 address show dev $link 2>/dev/null | sed 's/.*\\(br-[^ ]*\\) *inet \\([^ ]*\\).*/\\1 \\2/'; done
ip -4 route show default metric 2000 | sed 's/ proto.*//'`;

function waitFor(condition: string): string {
  return `for i in $(seq 300); do if ${condition}; then break; fi; sleep 0.2; done; ${condition}`;
}
