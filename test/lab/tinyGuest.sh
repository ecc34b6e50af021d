#!/bin/sh
# tinyGuest.sh TREE FOLDER LAB: from a tree with a kernel and busybox, FOLDER/vmlinuz and FOLDER/initrd.
# Works with the tree's own tools, so that this machine needs none.
set -eu
tree=$1 folder=$2 lab=$3
root=$folder/root
mkdir -p "$root/bin" "$root/etc/acpi/PWRF" "$root/dev"

# Since Debian 13 packages have their files below /usr only, and a tree of extracted packages lacks the links to there.
for top in bin sbin lib lib64; do
	[ -e "$tree/$top" ] || ln -s "usr/$top" "$tree/$top"
done

version=$(ls "$tree/lib/modules")
cp "$tree/boot/vmlinuz-$version" "$folder/vmlinuz"
cp "$tree/bin/busybox" "$root/bin/"
cp "$lab/tinyInit.sh" "$root/init"
cp "$lab/tinyPower.sh" "$root/etc/acpi/PWRF/00000080" # where busybox's acpid looks
cp "$lab/tinyDhcp.sh" "$root/dhcp"
chmod +x "$root/init" "$root/dhcp" "$root/etc/acpi/PWRF/00000080"
mknod "$root/dev/console" c 5 1

chroot "$tree" depmod "$version"
for module in virtio_pci virtio_net virtio_blk virtio_balloon button evdev ext4 vfat nls_ascii nls_cp437 nls_iso8859-1; do
	chroot "$tree" modprobe -S "$version" --show-depends "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$root/modules"
while read -r module; do
	mkdir -p "$root/${module%/*}"
	cp "$tree/$module" "$root/$module"
done <"$root/modules"

(cd "$root" && find . | cpio --quiet -o -H newc | gzip -9) >"$folder/initrd"
rm -rf "$root"
