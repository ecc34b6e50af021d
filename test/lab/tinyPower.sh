#!/bin/sh
# What the tiny guest does when its power button is pressed.
exec >/dev/ttyS0 2>&1
delay=$(sed -n 's/^# tiny: //p' /seed/user-data 2>/dev/null | cat - /proc/cmdline | tr ' ' '\n' | sed -n 's/^powerdown=//p' | head -n 1)
echo "tiny: power button"
[ "$delay" != ignore ] || exit 0
sleep "${delay:-0}"
umount /disk 2>/dev/null
sync
echo "tiny: powering off"
poweroff -f
