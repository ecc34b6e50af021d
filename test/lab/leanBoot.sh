#!/bin/sh
# leanBoot.sh TREE: makes a Debian with a kernel cheap to boot under emulation, where a boot is a minute of computing.
# What it leaves out takes a third off it, and no part of a network needs it.
set -eu
tree=$1
units=$tree/etc/systemd/system

# No timers and no second login prompt.
rm -rf "$units/timers.target.wants" "$units/getty.target.wants/getty@tty1.service"
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

# On a busy machine each step of a boot may take minutes. The tests have their own time limits.
mkdir -p "$tree/etc/systemd/system.conf.d" "$units/ifupdown-pre.service.d"
printf '[Manager]\nDefaultTimeoutStartSec=30min\nDefaultDeviceTimeoutSec=30min\n' >"$tree/etc/systemd/system.conf.d/lab.conf"
cat >"$units/ifupdown-pre.service.d/lab.conf" <<'END'
[Service]
TimeoutSec=30min
ExecStart=
ExecStart=/bin/udevadm settle --timeout=1800
END
