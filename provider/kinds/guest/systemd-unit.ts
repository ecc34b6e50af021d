import { mark } from "../../core/mark";
import { diskFolder } from "../image/disk-files.fact";
import type { GuestWant } from "./guest-args";
import { guestFolder } from "./guest-state.fact";

/**
 * The systemd unit of one guest: an instance with a text of its own, so that the last guest out leaves nothing. The
 * launch script changes the user, instead of User=, because that takes no number without an account, and an account
 * would stay in /etc/passwd. A line that begins with "+" is ours alone, outside of what limits QEMU.
 */
export function guestUnitText(want: GuestWant): string {
  const folder = `${guestFolder}/${want.name}`;
  return `[Unit]
Description=${mark(want)
    .replaceAll(/\p{Cc}/gu, " ")
    .replaceAll("%", "%%")}
Wants=pulumi-kvm-boot.service
After=network.target pulumi-kvm-boot.service
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=exec
ExecStartPre=+/bin/sh ${folder}/prepare
ExecStart=/bin/sh ${folder}/launch
ExecStop=+/bin/sh ${folder}/stop $MAINPID
ExecStopPost=+/bin/sh ${folder}/cleanup
KillMode=mixed
TimeoutStopSec=${want.stopWithinSeconds + 15}
Restart=on-failure
RestartSec=2
${limits(want)}
${confinement(want)}

[Install]
WantedBy=multi-user.target
`;
}

/** What QEMU says is the journal's to keep, a guest can make it say much. Disks are files: no limit is on their size. */
function limits({ memoryMiB, vcpus }: GuestWant): string {
  return `MemoryMax=${memoryMiB + overheadMiB(memoryMiB, vcpus)}M
TasksMax=${256 + vcpus}
LimitNOFILE=4096
LimitCORE=0
StandardOutput=journal
StandardError=journal
LogRateLimitIntervalSec=30
LogRateLimitBurst=200`;
}

/** QEMU itself, its translated code (256 MiB under emulation), page tables, devices; and room for the page cache of disks. */
function overheadMiB(memoryMiB: number, vcpus: number): number {
  return 768 + 8 * vcpus + Math.ceil(memoryMiB / 16);
}

/**
 * No setting that systemd 247 does not know. Not among them is MemoryDenyWriteExecute: QEMU's emulation makes code. All
 * of /run can be written, because systemd makes a mount of each such folder, which our own lines could not remove then.
 */
function confinement(want: GuestWant): string {
  const kernel = [want.kernel?.image, want.kernel?.initrd].flatMap((path) => path ?? []).filter(isInHome);
  return `NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths=/run -${diskFolder} -${folderOfLog(want)}
ProtectHome=tmpfs
${kernel.map((path) => `BindReadOnlyPaths=-${quoted(path)}\n`).join("")}ProtectProc=invisible
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
DevicePolicy=closed
DeviceAllow=/dev/kvm rw
DeviceAllow=/dev/net/tun rw
DeviceAllow=/dev/vhost-net rw
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077`;
}

/** What ProtectHome hides. */
function isInHome(path: string): boolean {
  return /^\/(home|root|run\/user)\//.test(path);
}

function folderOfLog({ name }: GuestWant): string {
  return `${guestFolder}/${name}/log`;
}

/** As systemd reads a path in a list: quotes and backslashes escaped, % doubled, and a colon that separates nothing. */
function quoted(path: string): string {
  return `"${path.replaceAll(/["\\:]/g, "\\$&").replaceAll("%", "%%")}"`;
}
