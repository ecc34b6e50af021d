#!/bin/sh
# smallInitrd.sh TREE INIT: makes TREE/boot/initrd.lab, of TREE's busybox and what the root disk needs, in place of
# Debian's. That has 10 MB, which emulation takes seconds to unpack.
set -eu
tree=$1 init=$2
version=$(ls "$tree/usr/lib/modules")
small=$(mktemp -d)
trap 'rm -rf "$small"' EXIT
mkdir -p "$small/bin" "$small/dev" "$small/proc" "$small/disk"
cp "$tree/bin/busybox" "$small/bin/"
cp "$init" "$small/init"
chmod 0755 "$small/init"
mknod "$small/dev/console" c 5 1
for module in virtio_pci virtio_blk ext4; do
	chroot "$tree" modprobe -S "$version" --show-depends "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$small/modules"
while read -r module; do
	mkdir -p "$small/${module%/*}"
	cp "$tree/$module" "$small/$module"
done <"$small/modules"
rm -f "$tree"/boot/initrd.img-*
(cd "$small" && find . | cpio --quiet -o -H newc) >"$tree/boot/initrd.lab"
