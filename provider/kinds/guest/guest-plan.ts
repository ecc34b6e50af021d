import { type Actual, absent, unseen } from "../../core/actual";
import { type Plan, refuse, run, steps, type Warn, warn } from "../../core/kind";
import { isMarkOf } from "../../core/mark";
import { sha256 } from "../../core/names";
import { ownerErrors } from "../../core/owner-errors";
import { type Problem, together } from "../../core/problem";
import { lines, sh } from "../../core/shell";
import { firewallWarnings } from "../firewall/errors";
import { guestErrors } from "./errors";
import { firstStartScript } from "./first-start-script";
import type { GuestWant } from "./guest-args";
import type { GuestFacts } from "./guest-facts";
import { changedFiles, type GuestFiles, guestFiles, writeGuestFiles } from "./guest-files";
import { type GuestState, guestUnit, runFolder } from "./guest-state.fact";
import { isUp, powerDown, remove, start } from "./power";
import { blockedGuests, problems, unplugged } from "./preflight";
import { monitor, startScript } from "./qemu-command";
import { notReady } from "./readiness";
import type { Readiness } from "./readiness.fact";

export function planGuest(want: GuestWant, seen: GuestFacts): Plan {
  const plan = towards(want, seen);
  return plan.some(({ does }) => does === "run") ? [...warnings(want, seen), ...plan] : plan;
}

/** Warnings for a guest that exists: the host drops packets on its bridge. */
export function warnings(want: GuestWant, seen: GuestFacts): Warn[] {
  return want.running && seen.guests[want.name]?.files.unit !== undefined
    ? blockedGuests(want, seen).map((text) => warn(firewallWarnings.bridgedFramesDropped(text)))
    : [];
}

function towards(want: GuestWant, seen: GuestFacts): Plan {
  const there = seen.guests[want.name];
  const [first, ...others] = want.running ? problems(want, seen) : [];
  if (first) return [refuse(together([first, ...others]))];
  if (there && isForeign(want, there)) return [refuse(taken(want, there))];
  const files = guestFiles(want, seen);
  const settled = [...write(want, files, there), ...enable(want, there)];
  if (there && isUp(there) && (!want.running || needsRestart(want, seen, files, there))) {
    return [...settled, ...powerDown(want, there)];
  }
  if (!want.running) return settled;
  if (there?.active !== "active")
    return [
      ...settled,
      run("start the guest", start(want, !there?.files.unit), guestErrors.notStarted),
      ...setLinkState(want, there),
    ];
  return [...settled, ...setLinkState(want, there), ...waitUntilReady(want, there, seen.ready)];
}

export function absentGuest(want: GuestWant, { guests }: GuestFacts): Plan {
  const there = guests[want.name];
  if (!there || isForeign(want, there)) return [];
  if (isUp(there)) return powerDown(want, there);
  return steps(run("remove the guest", remove(want)));
}

/** A NIC has no link when its cable is unplugged, or when QEMU does not hold its tap. */
export function actualGuest(want: GuestWant, { guests }: GuestFacts): Actual<GuestWant> {
  const there = guests[want.name];
  if (!there?.files.unit || isForeign(want, there)) return absent;
  const running = there.active === "active";
  const dead = running ? [...unplugged(want, there), ...there.linksDown] : [];
  const nics = want.nics.map((nic, i) => ({ ...nic, link: running ? !dead.includes(i) : nic.link }));
  return {
    running,
    autostart: there.enabled,
    nics,
    vcpus: unseen,
    memoryMiB: unseen,
    accelerator: unseen,
    kernel: unseen,
    disks: unseen,
    cloudInit: unseen,
    stopWithinSeconds: unseen,
    waitFor: unseen,
  };
}

/** The unit holds the mark. A folder without a unit comes from an interrupted run of the provider. */
function isForeign(want: GuestWant, there: GuestState): boolean {
  return there.files.unit !== undefined && !isMarkOf(want, there.description);
}

function taken({ name }: GuestWant, { description }: GuestState): Problem {
  return ownerErrors.otherOwner(`the guest ${name} exists and belongs to ${description}. Choose another name`);
}

/**
 * Whether the running QEMU is another machine than desired, or lacks a tap. A guest that an earlier version started
 * keeps running; its next start uses the current script.
 */
function needsRestart(want: GuestWant, { machine }: GuestFacts, files: GuestFiles, there: GuestState): boolean {
  if (there.active !== "active") return false;
  const earlier = [firstStartScript(want, machine), startScript(want, machine, "")];
  const asWished = [files.start ?? "", ...earlier].map(sha256).includes(there.startedBy);
  return !asWished || unplugged(want, there).length > 0;
}

function write(want: GuestWant, files: GuestFiles, there: GuestState | undefined): Plan {
  const names = changedFiles(files, there?.files ?? {});
  return steps(names.length > 0 && run(`write ${names.join(", ")} of the guest`, writeGuestFiles(want, files, names)));
}

function enable(want: GuestWant, there: GuestState | undefined): Plan {
  if ((there?.enabled ?? false) === want.autostart) return [];
  return steps(sh`systemctl ${want.autostart ? "enable" : "disable"} --quiet ${guestUnit(want.name)}`);
}

/**
 * QEMU does not report whether a cable is plugged in. So a folder beside its pipes records an unplugged cable, and
 * disappears with them. It is a folder and not a file, so that a symbolic link cannot make root write elsewhere: in an
 * older release, the guest's user could write in this place.
 */
function setLinkState(want: GuestWant, there: GuestState | undefined): Plan {
  const down = there?.active === "active" ? there.linksDown : [];
  return want.nics.flatMap(({ link }, i) => {
    if (link === !down.includes(i)) return [];
    const note = `${runFolder}/${want.name}/down.${i}`;
    const noted = link ? sh`rm -rf ${note}` : sh`mkdir -p ${note}`;
    return steps(
      run(
        `plug ${link ? "in" : "out"} eth${i}`,
        lines(monitor(want.name, `set_link nic${i} ${link ? "on" : "off"}`), noted),
      ),
    );
  });
}

function waitUntilReady(want: GuestWant, there: GuestState, ready: Readiness | undefined): Plan {
  const missing = ready && notReady(want, ready, there);
  if (!missing) return [];
  return [
    {
      does: "wait",
      for: "waiting until the guest is ready",
      looksAt: ["guests", "ready"],
      seconds: want.waitFor?.timeoutSeconds ?? 300,
      failure: guestErrors.notReady,
      otherwise: missing,
    },
  ];
}
