import { guestFolder, guestUser, runFolder } from "../facts/guests";
import { mark } from "../ownership";
import type { GuestWant } from "./arguments";

/**
 * The systemd unit of one guest: an instance with a text of its own, so that the last guest out leaves nothing.
 * setpriv instead of User=, because that takes no number without an account, and an account would stay in /etc/passwd.
 */
export function guestUnitText(want: GuestWant, groups: readonly string[]): string {
  const folder = `${guestFolder}/${want.name}`;
  const run = `${runFolder}/${want.name}`;
  const memberOf = groups.length > 0 ? `--groups=${groups.join(",")}` : "--clear-groups";
  const unprivileged = `setpriv --reuid=${guestUser} --regid=${guestUser} ${memberOf} --no-new-privs --bounding-set=-all --inh-caps=-all`;
  return `[Unit]
Description=${mark(want).replaceAll("%", "%%")}
Wants=pulumi-kvm-boot.service
After=network.target pulumi-kvm-boot.service
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=exec
ExecStartPre=install -d -m 0711 ${runFolder}
ExecStartPre=install -d -m 0750 -o ${guestUser} -g ${guestUser} ${run}
ExecStart=${unprivileged} /bin/sh ${folder}/start
ExecStop=/bin/sh ${folder}/stop $MAINPID
ExecStopPost=rm -rf ${run}
ExecStopPost=rmdir --ignore-fail-on-non-empty ${runFolder}
KillMode=mixed
TimeoutStopSec=${want.stopWithinSeconds + 10}
Restart=on-failure
RestartSec=2
PrivateTmp=yes
ProtectSystem=full

[Install]
WantedBy=multi-user.target
`;
}
