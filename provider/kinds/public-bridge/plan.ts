import { canonical } from "../../core/addresses";
import { type Change, type Plan, refuse, run, steps, warn } from "../../core/kind";
import { isMarkOf, ownerOf } from "../../core/mark";
import { ownerErrors } from "../../core/owner-errors";
import type { Problem } from "../../core/problem";
import { confirmationScript } from "../../network-change/confirm";
import type { NetworkChange } from "../../network-change/network-change";
import type { NetworkChange as Pending } from "../../network-change/pending-change.fact";
import { undoScript } from "../../network-change/rollback";
import { stageScript } from "../../network-change/stage";
import { inTheWay } from "../firewall/blocked-traffic";
import { firewallWarnings } from "../firewall/errors";
import { losesAdvertised, staysAdvertised } from "./advertised";
import type { NetworkBackend, Origin, Rendering } from "./backend";
import { networkBackend } from "./backends";
import { publicBridgeErrors, publicBridgeWarnings } from "./errors";
import { isSameText } from "./formats/same-text";
import type { ConfigFiles, NicConfig } from "./nic-config";
import { deadRules, unsettledRules, unzoned } from "./nic-rules";
import { configOf, originOf, recorded } from "./origin";
import { cannotUndo, cutOff, losesGateway, pendingNow, unreasonable, unsuitableNic } from "./preflight";
import { rendered } from "./rendering";
import type { Situation, Want } from "./situation";
import { attach, forget } from "./transitions/attach";
import { detach } from "./transitions/detach";
import { fixedAddresses } from "./transitions/expectations";
import { reconfigure } from "./transitions/reconfigure";

/**
 * The plan from the actual state to the NIC as the bridge's port, and back. Each way is one network change that the
 * host can roll back by itself.
 */

export function toBridge(want: Want, seen: Situation): Plan {
  const found = settled(want, seen);
  if ("code" in found) return [refuse(found)];
  const { origin, isNew } = found;
  const backend = networkBackend(origin.backend);
  const rendering = rendered(origin, want);
  const busy = pendingNow(named(want, seen.change));
  // A state that looks right may be one that the host is about to roll back.
  if (busy) return [refuse(busy)];
  if (!isNew && filesAre(rendering, seen.nicConfig.files) && runs(want, origin, seen)) return [];
  // Checked only for a new bridge. A later version that understands less must still be able to change an existing one.
  const unknown = isNew ? backend.obstacle(origin) : undefined;
  const problem =
    (unknown === undefined ? undefined : publicBridgeErrors.notUnderstood(unknown)) ??
    obstacles(want, origin, backend, seen) ??
    (isNew ? (unsettledRules(want, seen) ?? unzoned(want, origin, seen)) : undefined) ??
    cannotUndo(seen.change);
  if (problem) return [refuse(problem)];
  const change = isNew
    ? attach(want, origin, backend, rendering, seen)
    : reconfigure(want, origin, backend, rendering, seen);
  const warnings = [losesGateway(want, origin), ...(isNew ? [guestsBlocked(want, seen), deadRules(want, seen)] : [])];
  return steps(lastTime(want, seen.change), ...warnings.map((warning) => warning && warn(warning)), step(want, change));
}

export function toNic(want: Want, seen: Situation): Plan {
  const origin = ownRecord(want, seen.nicConfig);
  if (!origin) return [];
  if (neverBegan(want, origin, seen)) return steps(run(`forget ${want.nic}`, forget(want, origin)));
  const problem =
    pendingNow(named(want, seen.change)) ??
    cannotUndo(seen.change) ??
    cutOff(seen.wayIn, seen.onBridge, [...origin.addresses, ...origin.dynamic], true);
  if (problem) return [refuse(problem)];
  const edited = editedFiles(rendered(origin, want), seen.nicConfig.files);
  return steps(
    lastTime(want, seen.change),
    edited.length > 0 && warn(losesEdits(edited)),
    step(want, detach(want, origin, seen)),
  );
}

function losesEdits(paths: readonly string[]) {
  return publicBridgeWarnings.edited(
    `the delete restores the original files, and these edits are lost: ${paths.join(", ")}`,
  );
}

/** The record of the NIC, if it belongs to this resource. */
export function ownRecord(want: Want, seen: NicConfig): Origin | undefined {
  const found = recorded(seen);
  return found && isMarkOf(want, found.mark) ? found : undefined;
}

/**
 * Whether the host has a record but no bridge, and its files are the original ones. Either the host lost power before
 * the change began, or a person restored the files by hand.
 */
export function neverBegan(
  want: Want,
  origin: Origin,
  { links, nicConfig }: Pick<Situation, "links" | "nicConfig">,
): boolean {
  const paths = Object.keys(rendered(origin, want));
  const untouched = paths.every((path) => nicConfig.files[path]?.content === origin.files[path]?.content);
  return untouched && links[origin.bridge] === undefined;
}

/** Whether the files are as desired. */
export function filesAre(rendering: Rendering, files: ConfigFiles): boolean {
  return editedFiles(rendering, files).length === 0;
}

function editedFiles(rendering: Rendering, files: ConfigFiles): string[] {
  return Object.keys(rendering).filter((path) => !isSameText(files[path]?.content, rendering[path]?.content));
}

/** Whether no change is pending, the bridge is up, the NIC is its port, and the bridge has its fixed addresses. */
export function runs(want: Want, origin: Origin, { links, change }: Pick<Situation, "links" | "change">): boolean {
  const bridge = links[origin.bridge];
  const there = (bridge?.addresses ?? []).map(canonical);
  return (
    change.pending === undefined &&
    bridge?.up === true &&
    links[origin.nic]?.master === origin.bridge &&
    fixedAddresses(want, origin).every((address) => there.includes(canonical(address)))
  );
}

/** The origin from the record, or from the actual state of the host. A problem is the reason for a refusal. */
function settled(want: Want, seen: Situation): { origin: Origin; isNew: boolean } | Problem {
  const { links, nicConfig, onNic } = seen;
  const known = recorded(nicConfig);
  if (known && !isMarkOf(want, known.mark))
    return ownerErrors.otherOwner(
      `${want.nic} is the port of ${known.bridge}, which belongs to ${ownerOf(want.host, known.mark)}. Choose another NIC`,
    );
  if (known && !neverBegan(want, known, seen)) return { origin: known, isNew: false };
  const problem = unsuitableNic(want.nic, links, nicConfig);
  if (problem) return problem;
  if (links[want.name])
    return publicBridgeErrors.nameTaken(`${want.name} exists already. Give the bridge another name`);
  const found = configOf(want.nic, nicConfig);
  const link = links[want.nic];
  if ("code" in found || !link) return found as Problem;
  return { origin: originOf(found, want.name, link, nicConfig, onNic), isNew: true };
}

function obstacles(want: Want, origin: Origin, backend: NetworkBackend, seen: Situation): Problem | undefined {
  const dhcp = want.dhcp ?? backend.asksDhcp(origin);
  const now = seen.links[origin.bridge] ? seen.onBridge : seen.onNic;
  const addresses = fixedAddresses(want, origin);
  return (
    unreasonable(want, addresses, dhcp || origin.dynamic.length > 0) ??
    losesAdvertised(seen.wayIn, seen, origin.macAddress) ??
    cutOff(seen.wayIn, now, [...addresses, ...staysAdvertised(seen, origin.macAddress)], dhcp)
  );
}

/**
 * Warns when the packet filter would drop frames between the guests and the LAN. Not with bridgeNetfilter: "off", whose
 * Sysctls are set before guests use the bridge.
 */
export function guestsBlocked(want: Want, seen: Situation): Problem<"warning"> | undefined {
  if (want.bridgeNetfilter === "off") return undefined;
  const reason = inTheWay(seen, want.name, 'give bridgeNetfilter: "off"');
  return reason === undefined ? undefined : firewallWarnings.bridgedFramesDropped(reason);
}

function step(want: Want, change: NetworkChange): Change {
  return {
    does: "change",
    purpose: `the change of ${want.nic}`,
    stage: stageScript(change),
    confirm: confirmationScript(change),
    undo: undoScript,
    withinSeconds: want.confirmWithinSeconds,
  };
}

/** Tells why the host rolled this change back the last time. */
function lastTime(want: Want, { undone }: Pending) {
  if (!undone?.titles.some((title) => isMarkOf(want, title))) return undefined;
  const log = undone.log.split("\n");
  const decided = log.findIndex((line) => line.startsWith("undone: "));
  const why = decided < 0 ? log.slice(-6) : log.slice(Math.max(0, decided - 6), decided + 1);
  return warn(
    publicBridgeWarnings.rolledBackBefore(`the host rolled the last attempt back. Its log:\n${why.join("\n")}`),
  );
}

function named(want: Want, change: Pending): Pending {
  return change.pending === undefined ? change : { ...change, pending: ownerOf(want.host, change.pending) };
}
