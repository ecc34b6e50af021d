import { type Plan, run, type Wait } from "../../core/kind";
import { type Sh, sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";
import type { GuestWant } from "./guest-args";
import { type GuestState, guestFolder, guestUnit, guestUnitPath } from "./guest-state.fact";
import { monitor } from "./qemu-command";
import { giveBackDisks, readUser, userPath } from "./user";

/** Whether there is a process, or is about to be. */
export function isUp(there: GuestState): boolean {
  return ["active", "activating", "deactivating", "reloading"].includes(there.active);
}

/** A clean powerdown takes as long as the guest takes: nobody waits for it under the host's lock. */
export function powerDown(want: GuestWant, there: GuestState): Plan {
  const wait: Wait = {
    does: "wait",
    for: "powering down",
    looksAt: ["guests"],
    seconds: want.stopWithinSeconds + 30,
    otherwise: `systemd still says ${there.active}`,
  };
  if (there.active === "deactivating") return [wait];
  return [run("press the power button", sh`systemctl stop --no-block ${guestUnit(want.name)}`), wait];
}

/** Started when its monitor answers; what QEMU has to say against it is in the journal. One that never ran goes again. */
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

/** Its disks stay. */
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
