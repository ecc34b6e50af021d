// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

/**
 * A transient timer does not survive a reboot. This unit exists until a change and its first boot are finished. At boot
 * it restores the files before any network manager reads them, or finishes a confirmed change. Then it removes itself.
 */
export const guardPath = "/etc/systemd/system/pulumi-kvm-guard.service";
export const guardWants = "/etc/systemd/system/sysinit.target.wants/pulumi-kvm-guard.service";

export function guardUnit(rollback: string, done: string, boot: string): string {
  const tidy = `rm -rf ${done}; [ -e ${boot} ] || rm -f ${guardPath} ${guardWants}`;
  return `[Unit]
Description=Undoes a change of the network that was not confirmed before the restart (pulumi-kvm)
DefaultDependencies=no
RequiresMountsFor=/var/lib /etc
After=local-fs.target
Before=network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart=/bin/sh -c '[ ! -e ${rollback} ] || exec /bin/sh ${rollback} boot; ${tidy}'

[Install]
WantedBy=sysinit.target
`;
}
