#!/bin/sh
# bootableDisk.sh TREE IMAGE SIZE: makes a tree with a kernel, /boot/grub/grub.cfg and GRUB's modules into a qcow2
# disk that boots by itself, like any cloud image. No mount and no loop device: not every machine has them.
set -eu
tree=$1 image=$2 size=$3
modules=$tree/usr/lib/grub/i386-pc # the tree's own, from the package grub-pc-bin
work=$(mktemp -d "$image.XXXXXX")
trap 'rm -rf "$work"' EXIT
first=2048 # sectors: the partition's usual place, and room enough for GRUB's core before it

mke2fs -q -t ext4 -L root -d "$tree" "$work/root.ext4" "$size" >&2
truncate -s "$size" "$work/disk"
truncate -s +$((first * 512)) "$work/disk"
echo "start=$first, type=83, bootable" | sfdisk -q "$work/disk"
dd if="$work/root.ext4" of="$work/disk" bs=512 seek=$first conv=notrunc,sparse status=none

# shellcheck disable=SC2016 # GRUB expands $root
printf 'search --label root --set=root\nset prefix=($root)/boot/grub\n' >"$work/early.cfg"
grub-mkimage -O i386-pc -d "$modules" -p /boot/grub -c "$work/early.cfg" -o "$work/core.img" \
	biosdisk part_msdos ext2 search search_label normal linux serial terminal configfile boot
dd if="$modules/boot.img" of="$work/disk" bs=440 count=1 conv=notrunc status=none
dd if="$work/core.img" of="$work/disk" bs=512 seek=1 conv=notrunc status=none

qemu-img convert -c -O qcow2 "$work/disk" "$work/image"
mv "$work/image" "$image"
