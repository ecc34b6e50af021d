import { type Plan, run, type Wait } from "../../core/kind";
import { sh } from "../../core/shell";
import { type GuestState, type Guests, guestUnit } from "./guest-state.fact";

/** The guest that runs on a disk. */
export function guestOn(disk: string, guests: Guests): GuestState | undefined {
  return Object.values(guests).find((guest) => guest.disks.includes(disk));
}

/** What stopWithinSeconds may be at most, and the margin in the guest's unit. */
const longestStop = 3610;

/** A clean powerdown of a guest of which only the host knows. */
export function stopGuest(guest: GuestState): Plan {
  const wait: Wait = {
    does: "wait",
    for: `powering down ${guest.name}`,
    looksAt: ["guests"],
    seconds: longestStop,
    otherwise: `systemd still says ${guest.active}`,
  };
  if (guest.active === "deactivating") return [wait];
  return [run(`stop the guest ${guest.name}`, sh`systemctl stop --no-block ${guestUnit(guest.name)}`), wait];
}
