import type { Hypervisor } from "../lab/hypervisor";
import type { Moment } from "./moments";

/** Something that goes wrong during a network change of a host. */
export interface Fault {
  title: string;
  /**
   * When it happens: at a share of the commands that such a run calls on the host, or at a moment. @default at the
   * start
   */
  at?: At;
  /** The command at that moment fails. */
  fails?: boolean;
  /** An event at that moment. `kill` kills the client at once. */
  happens?: (tower: Hypervisor, kill: () => void) => Promise<unknown>;
  /** Ends the fault after this time. */
  ends?: { seconds: number; by: (tower: Hypervisor) => Promise<unknown> };
  /** Arguments that cannot work. Only for a create. */
  args?: (tower: Hypervisor) => Record<string, unknown>;
  /** Runs before the run begins. `after` is what an administrator does when everything is over. */
  before?: (tower: Hypervisor) => Promise<unknown>;
  after?: (tower: Hypervisor) => Promise<unknown>;
}

export type At = number | Moment;

export const faults = {
  wrongGateway: (): Fault => ({
    title: "a wrong gateway",
    args: ({ address }) => ({ gateways: [address.replace(/\d+$/, "250")] }),
  }),
  wrongAddress: (): Fault => ({
    title: "an address of another network beside, and no gateway",
    args: ({ address }) => ({ addresses: [`${address}/32`, "198.18.251.9/24"], gateways: ["198.18.251.1"] }),
  }),
  clientKilled: (at: At): Fault => ({
    title: "the client killed",
    at,
    happens: async (_tower, kill) => kill(),
  }),
  rebooted: (at: At): Fault => ({
    title: "the host rebooted",
    at,
    happens: (tower) => tower.reboot(),
  }),
  powerCut: (at: At): Fault => ({
    title: "the power cut",
    at,
    happens: (tower) => tower.cutPower().then(() => tower.powerOn()),
  }),
  unplugged: (at: At, seconds: number): Fault => ({
    title: `the cable out for ${seconds.toFixed(1)} s`,
    at,
    happens: (tower) => tower.unplug(),
    ends: { seconds, by: (tower) => tower.plug() },
  }),
  sshdStopped: (at: At, seconds: number): Fault => ({
    title: `sshd stopped for ${seconds.toFixed(1)} s`,
    at,
    happens: (tower) => tower.exec("systemctl stop ssh; pkill -x sshd || :"),
    ends: { seconds, by: (tower) => tower.exec("systemctl start ssh") },
  }),
  commandFails: (at: At): Fault => ({ title: "a command fails", at, fails: true }),
  applyFails: (nth: number): Fault => ({
    title: "a command of the change itself fails",
    at: { nth, of: "apply" },
    fails: true,
  }),
  diskFull: (at: At): Fault => ({
    title: "the disk full",
    at,
    before: (tower) => tower.exec(smallDisks),
    happens: (tower) => tower.exec(fill),
    after: (tower) => tower.exec(largeDisks),
  }),
};

const small = [
  "/var/lib/pulumi-kvm",
  ...["/etc/systemd/network", "/etc/network/interfaces.d", "/etc/netplan", "/etc/NetworkManager/system-connections"],
];

/** Moves the folders to their own, almost full, partitions. */
const smallDisks = small
  .map(
    (folder) => `if [ -d ${folder} ]; then
      rm -rf /run/kept; cp -a ${folder} /run/kept
      mount -t tmpfs -o "size=1m,mode=$(stat -c %a ${folder})" tmpfs ${folder}
      cp -a /run/kept/. ${folder}/; rm -rf /run/kept
    fi`,
  )
  .join("\n");

/**
 * Fills a partition with a large and a small block, so that no space remains. It never writes more than a partition
 * holds.
 */
const fill = small
  .map(
    (folder) => `if mountpoint -q ${folder}; then
      dd if=/dev/zero of=${folder}/.full bs=64k count=32 2>/dev/null || :
      dd if=/dev/zero of=${folder}/.more bs=1k count=128 2>/dev/null || :
    fi`,
  )
  .join("\n");

const largeDisks = small
  .map(
    (folder) => `if mountpoint -q ${folder}; then
      rm -rf ${folder}/.full ${folder}/.more /run/kept; cp -a ${folder} /run/kept
      umount ${folder}
      find ${folder} -mindepth 1 -delete
      cp -a /run/kept/. ${folder}/; rm -rf /run/kept
    fi`,
  )
  .join("\n");
