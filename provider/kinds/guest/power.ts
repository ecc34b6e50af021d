import { type Plan, run, type Wait } from "../../core/kind";
import { type Sh, sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";
import { guestErrors } from "./errors";
import type { GuestWant } from "./guest-args";
import { type GuestState, guestFolder, guestUnit, guestUnitPath } from "./guest-state.fact";
import { monitor } from "./qemu-command";
import { giveBackDisks, readUser, userPath } from "./user";

/** Whether the guest has a process, or systemd is starting or stopping it. */
export function isUp(there: GuestState): boolean {
  return ["active", "activating", "deactivating", "reloading"].includes(there.active);
}

/** A clean shutdown takes as long as the guest needs. So the run waits for it without the host's lock. */
export function powerDown(want: GuestWant, there: GuestState): Plan {
  const wait: Wait = {
    does: "wait",
    for: "powering down",
    looksAt: ["guests"],
    seconds: want.stopWithinSeconds + 30,
    failure: guestErrors.notStopped,
    otherwise: `Its unit is still ${there.active}`,
  };
  if (there.active === "deactivating") return [wait];
  return [run("press the power button", sh`systemctl stop --no-block ${guestUnit(want.name)}`), wait];
}

/**
 * Starts the guest. It has started when its monitor says that it is running. On failure, prints QEMU's messages from
 * the journal and removes a new guest again.
 */
export function start(want: GuestWant, isNew: boolean): Sh {
  const unit = guestUnit(want.name);
  return sh`
    systemctl reset-failed ${unit} 2>/dev/null || :
    began=$(date +%s)
    systemctl start ${unit} || :
    tries=0
    until ${monitor(want.name, "info status")} 2>/dev/null | grep -q 'VM status: running'; do
      tries=$((tries + 1))
      if [ $tries -gt 100 ] || [ "$(systemctl is-active ${unit})" != active ]; then
        systemctl stop ${unit}
        echo "QEMU did not start:" >&2
        journalctl --sync 2>/dev/null || :
        journalctl -q --no-pager -o cat -n 12 --since "@$began" _SYSTEMD_UNIT=${unit} | tail -c 3000 >&2
        ${isNew ? remove(want) : sh`:`}
        exit 1
      fi
      sleep 0.1
    done`;
}

/** Removes the guest from the host. Its disks stay. */
export function remove(want: GuestWant): Sh {
  return sh`
    systemctl disable --quiet ${guestUnit(want.name)} 2>/dev/null || :
    systemctl reset-failed ${guestUnit(want.name)} 2>/dev/null || :
    rm -f ${guestUnitPath(want.name)}
    if [ -s ${userPath(want.name)} ]; then
      ${readUser(want.name)}
      ${giveBackDisks()}
    fi
    rm -rf ${`${guestFolder}/${want.name}`}
    rmdir ${guestFolder} ${stateFolder} 2>/dev/null || :
    systemctl daemon-reload`;
}
