#!/bin/busybox sh
# /init of the tiny guest: a whole machine in 2 MB, up in two seconds without hardware virtualisation.
#
# Settings are words on the kernel's command line, or in a line "# tiny: …" of a NoCloud seed's user-data:
#   ip4=192.168.50.2/24 gw=192.168.50.1   for eth0; the seed's network-config does it for any NIC; else DHCP is asked
#   fetch=http://…                        tries until it gets it, and prints what it got
#   powerdown=ignore | powerdown=SECONDS  is deaf to the power button, or slow
# What it does it says on the serial console, in lines that begin with "tiny:".
/bin/busybox mkdir -p /proc /sys /dev /run /seed /disk /www /etc/acpi/PWRF
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
exec </dev/ttyS0 >/dev/ttyS0 2>&1

say() { echo "tiny: $*"; }

setting() { # the seed's, or else the command line's
	for word in $(sed -n 's/^# tiny: //p' /seed/user-data 2>/dev/null) $(cat /proc/cmdline); do
		case $word in "$1="*) echo "${word#*=}" && return ;; esac
	done
}

# one line for each NIC of the network-config: its MAC and what it gets. In YAML's block style, its flow style or JSON
wanted_addresses() {
	tr -d "\"'" </seed/network-config | tr '{},[]' '\n' | sed -n \
		-e 's/^.*macaddress: *//p' \
		-e 's/^\( *-\)\? *\([0-9.]*\/[0-9]*\) *$/address \2/p' \
		-e 's/^.*\(gateway4\|via\): */gateway /p' \
		-e 's/^.*dhcp4: *true.*/dhcp/p'
}

nic_with() { grep -il "^$1$" /sys/class/net/eth*/address | cut -d/ -f5; }

configure_from_seed() {
	wanted_addresses | while read -r what value; do
		case $what in
		*:*) nic=$(nic_with "$what") ;;
		address) ip address add "$value" dev "$nic" ;;
		gateway) ip route add default via "$value" ;;
		dhcp) ask_dhcp "$nic" ;;
		esac
	done
}

ask_dhcp() { udhcpc -i "$1" -s /dhcp -S -b >/dev/null 2>&1 & }

configure_links() {
	for nic in lo $(ls /sys/class/net | grep eth); do ip link set "$nic" up; done
	if [ -s /seed/network-config ]; then
		configure_from_seed
	elif [ "$(setting ip4)" ]; then
		ip address add "$(setting ip4)" dev eth0
		[ -z "$(setting gw)" ] || ip route add default via "$(setting gw)"
	else
		for nic in $(ls /sys/class/net | grep eth); do ask_dhcp "$nic"; done
	fi
}

mount_seed() {
	device=$(findfs LABEL=CIDATA 2>/dev/null) && mount -o ro "$device" /seed || return
	say "seed $(sed -n 's/^instance-id: *//p' /seed/meta-data)"
	hostname "$(sed -n 's/^local-hostname: *//p' /seed/meta-data)"
}

count_boots() { # on the disk that it came from, if it came from one: shows that a disk is the same one still
	device=$(findfs LABEL=root 2>/dev/null) && mount -t ext4 "$device" /disk || return
	echo $(($(cat /disk/boots 2>/dev/null) + 1)) >/disk/boots
	say "boot $(cat /disk/boots) from this disk"
}

fetch() {
	until answer=$(timeout 3 wget -q -O - "$1"); do sleep 1; done # with -T it crashes
	say "fetched $1: $answer"
}

listen_for_power_button() { # from "ready" on it is heard for certain
	acpid -d -c /etc/acpi 2>/dev/null & # as a daemon it runs nothing
	until ls -l /proc/$!/fd 2>/dev/null | grep -q /dev/input; do sleep 0.1; done
}

while read -r module; do insmod "$module"; done </modules
hostname tiny
mount_seed
count_boots
configure_links
hostname >/www/index.html
httpd -h /www
listen_for_power_button
for nic in /sys/class/net/eth*; do
	nic=${nic##*/}
	say "$nic $(cat "/sys/class/net/$nic/address") $(ip -4 -o address show dev "$nic" | awk '{printf "%s ", $4}')"
done
[ -z "$(setting fetch)" ] || fetch "$(setting fetch)" &
say "ready, $(hostname)"
while :; do setsid cttyhack sh; sleep 1; done
