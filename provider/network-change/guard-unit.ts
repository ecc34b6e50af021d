/**
 * A transient timer does not survive a restart. This unit is there as long as a change is not done with: it puts the
 * files back before any network manager reads them, or finishes what was confirmed, and takes itself away.
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
