import { type Plan, run, type Wait } from "../../core/kind";
import { sh } from "../../core/shell";
import { guestErrors } from "./errors";
import { type GuestState, type Guests, guestUnit } from "./guest-state.fact";

/** The guest whose QEMU process holds the disk open. */
export function guestOn(disk: string, guests: Guests): GuestState | undefined {
  return Object.values(guests).find((guest) => guest.disks.includes(disk));
}

/** Seconds: the maximum of stopWithinSeconds, and a margin. */
const longestStop = 3610;

/** Shuts down a guest that is on the host but not in the state. */
export function stopGuest(guest: GuestState): Plan {
  const wait: Wait = {
    does: "wait",
    for: `powering down ${guest.name}`,
    looksAt: ["guests"],
    seconds: longestStop,
    failure: guestErrors.notStopped,
    otherwise: `Its unit is still ${guest.active}`,
  };
  if (guest.active === "deactivating") return [wait];
  return [run(`stop the guest ${guest.name}`, sh`systemctl stop --no-block ${guestUnit(guest.name)}`), wait];
}
