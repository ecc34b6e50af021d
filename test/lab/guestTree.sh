#!/bin/sh
# guestTree.sh TREE INIT: makes a Debian with a kernel, cloud-init and busybox cheap to boot under emulation, where a
# boot is a minute of computing. What it leaves out takes a third off it, and no part of a guest's network needs it.
set -eu
tree=$1 init=$2
units=$tree/etc/systemd/system

# Without an fstab the root stays read-only, and cloud-init fails.
echo 'LABEL=root / ext4 errors=remount-ro 0 1' >"$tree/etc/fstab"

cat >"$tree/etc/cloud/cloud.cfg.d/10_lab.cfg" <<'END'
datasource_list: [NoCloud, None]
ssh_genkeytypes: [ed25519]
cloud_config_modules: [set-passwords, ntp, timezone, runcmd]
cloud_final_modules: [write-files-deferred, scripts-per-once, scripts-per-boot, scripts-per-instance, scripts-user,
  ssh-authkey-fingerprints, keys-to-console, final-message, power-state-change]
END

# No timers and no second login prompt.
rm -r "$units/timers.target.wants" "$units/getty.target.wants/getty@tty1.service"
rm -f "$units/multi-user.target.wants/e2scrub_reap.service" "$units/sysinit.target.wants/systemd-pstore.service"

# What systemd does once after packages have changed is done.
touch "$tree/etc/.updated" "$tree/var/.updated"

# File systems and hardware that such a guest does not have, and the tools for their modules.
for unit in sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount \
	sys-kernel-tracing.mount sys-kernel-config.mount proc-sys-fs-binfmt_misc.automount systemd-binfmt.service \
	modprobe@configfs.service modprobe@drm.service modprobe@fuse.service modprobe@loop.service \
	modprobe@dm_mod.service kmod-static-nodes.service grub-common.service; do
	ln -sf /dev/null "$units/$unit"
done
mkdir -p "$tree/etc/systemd/system-generators"
for generator in ssh gpt-auto hibernate-resume tpm2 rc-local debug system-update; do
	ln -sf /dev/null "$tree/etc/systemd/system-generators/systemd-$generator-generator"
done
for module in kvm_amd kvm_intel aesni_intel ghash_clmulni_intel sha1_ssse3 sha256_ssse3 sha512_ssse3 crc32_pclmul \
	crct10dif_pclmul crc32c_intel ata_piix ata_generic serio_raw qemu_fw_cfg vsock vmw_vsock_vmci_transport; do
	echo "install $module /bin/false"
done >"$tree/etc/modprobe.d/lab.conf"

# An initrd of busybox and what the root disk needs: Debian's is 10 MB, which all have to be unpacked.
version=$(ls "$tree/usr/lib/modules")
small=$(mktemp -d)
trap 'rm -rf "$small"' EXIT
mkdir -p "$small/bin" "$small/dev" "$small/disk"
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
