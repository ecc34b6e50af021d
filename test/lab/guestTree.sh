#!/bin/sh
# guestTree.sh TREE INIT: makes a guest of a Debian with a kernel, cloud-init and busybox.
set -eu
tree=$1 init=$2

# Without an fstab the root stays read-only, and cloud-init fails.
echo 'LABEL=root / ext4 errors=remount-ro 0 1' >"$tree/etc/fstab"

cat >"$tree/etc/cloud/cloud.cfg.d/10_lab.cfg" <<'END'
datasource_list: [NoCloud, None]
ssh_genkeytypes: [ed25519]
cloud_config_modules: [set-passwords, ntp, timezone, runcmd]
cloud_final_modules: [write-files-deferred, scripts-per-once, scripts-per-boot, scripts-per-instance, scripts-user,
  ssh-authkey-fingerprints, keys-to-console, final-message, power-state-change]
END

sh "${0%/*}/leanBoot.sh" "$tree"
sh "${0%/*}/smallInitrd.sh" "$tree" "$init"
