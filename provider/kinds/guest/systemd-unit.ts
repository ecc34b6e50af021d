// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { mark } from "../../core/mark";
import { diskFolder } from "../image/disk-files.fact";
import type { GuestWant } from "./guest-args";
import { guestFolder } from "./guest-state.fact";

/**
 * The systemd unit of one guest. Each guest has a unit file of its own, so that the last guest leaves no template
 * behind. The launch script changes the user. User= does not accept a number without an account, and an account would
 * stay in /etc/passwd. Commands with "+" are ours, and run outside the confinement of QEMU.
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

/**
 * QEMU's output goes to the journal, with a rate limit, because a guest can cause much of it. Disks are files, so that
 * there is no limit on the size of files.
 */
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

/**
 * MiB beside the guest's own memory: for QEMU, its translated code (256 MiB under emulation), page tables, devices, and
 * page cache for the disks.
 */
function overheadMiB(memoryMiB: number, vcpus: number): number {
  return 768 + 8 * vcpus + Math.ceil(memoryMiB / 16);
}

/**
 * Uses only settings that systemd 247 knows. MemoryDenyWriteExecute= is not among them, because QEMU's emulation
 * generates code. All of /run is writable: systemd makes a mount of each writable folder, and our cleanup script could
 * not remove such a mount.
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

/** Whether ProtectHome= hides the path. */
function isInHome(path: string): boolean {
  return /^\/(home|root|run\/user)\//.test(path);
}

function folderOfLog({ name }: GuestWant): string {
  return `${guestFolder}/${name}/log`;
}

/**
 * Quotes a path for a list in a unit: escapes quotes, backslashes and colons, and doubles %. A bare colon is a
 * separator.
 */
function quoted(path: string): string {
  return `"${path.replaceAll(/["\\:]/g, "\\$&").replaceAll("%", "%%")}"`;
}
