#!/bin/busybox sh
# /init of the Debian guest's initrd: the root disk is the first one that QEMU has.
/bin/busybox mount -t devtmpfs dev /dev
while read -r module; do /bin/busybox insmod "$module"; done </modules
/bin/busybox mount -t ext4 -o ro /dev/vda1 /disk
/bin/busybox umount /dev
exec /bin/busybox switch_root /disk /sbin/init
