#!/bin/busybox sh
# /init of the initrd of a Debian guest, and of a hypervisor with a kernel of its own: the root is on the first disk that
# QEMU has, or in its first partition. What is in /seed is added to it once.
/bin/busybox mount -t devtmpfs dev /dev
while read -r module; do /bin/busybox insmod "$module"; done </modules
disk=/dev/vda1
[ -e $disk ] || disk=/dev/vda
[ -d /seed ] && way=rw || way=ro
/bin/busybox mount -t ext4 -o $way $disk /disk
if [ $way = rw ] && [ ! -e /disk/var/seeded ]; then
	/bin/busybox cp -a /seed/. /disk/
	: >/disk/var/seeded
fi
/bin/busybox umount /dev
exec /bin/busybox switch_root /disk /sbin/init
