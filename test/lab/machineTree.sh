#!/bin/sh
# machineTree.sh TREE FOLDER: from a hypervisor's tree with a kernel, FOLDER/vmlinuz, FOLDER/initrd and FOLDER/disk.raw.
set -eu
tree=$1 folder=$2
lab=${0%/*}

echo '/dev/vda / ext4 errors=remount-ro 0 1' >"$tree/etc/fstab"
mkdir -p "$tree/etc/systemd/network"
printf '[Match]\nOriginalName=eth0\n\n[Link]\nName=host0\n' >"$tree/etc/systemd/network/10-host0.link"

# A test starts the one that it is about.
for unit in docker.service docker.socket containerd.service ufw.service firewalld.service; do
	chroot "$tree" systemctl disable "$unit"
done 2>/dev/null

sh "$lab/leanBoot.sh" "$tree"
sh "$lab/smallInitrd.sh" "$tree" "$lab/guestInit.sh"
cp "$tree"/boot/vmlinuz-* "$folder/vmlinuz"
mv "$tree/boot/initrd.lab" "$folder/initrd"
mke2fs -q -t ext4 -d "$tree" "$folder/disk.raw" 6G
rm -rf "$tree"
