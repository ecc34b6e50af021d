#!/bin/sh
# What the tiny guest does with a lease: called by udhcpc with the event in $1 and the lease in the environment.
# shellcheck disable=SC2154
[ "$1" = bound ] || exit 0
exec >/dev/ttyS0 2>&1
ip address flush dev "$interface" scope global
ip address add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route replace default via "${router%% *}"
echo "tiny: $interface has a lease of $ip/$mask from $serverid"
