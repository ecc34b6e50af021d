// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import type { HostRef } from "./host-ref";
import type { Wanted } from "./kind";
import { sha256 } from "./names";
import { ownerErrors } from "./owner-errors";
import type { Problem } from "./problem";
import { type Sh, sh } from "./shell";

/**
 * A mark names the owner of an object. It is on the object itself where that can hold one (the alias of a link, the
 * comment of a rule, the description of a unit), so that it is right even when our own records are lost.
 */

const format = /^pulumi-kvm:([a-z2-7]+):([^ ]*)/;

/** The mark of a resource: owner, path, and the stack for people. The alias of a link has at most 255 bytes. */
export function mark(want: Wanted): string {
  const stack = want.host.stack ? ` ${want.host.stack.slice(0, 60)}` : "";
  return `pulumi-kvm:${want.host.uid}:${shortened(encodeURI(want.path))}${stack}`;
}

/** The part of a mark that stays the same when the stack is renamed. */
export function stableMark(mark: string): string {
  return mark.split(" ")[0] ?? "";
}

/** A letter that is not ASCII takes up to nine bytes here. The hash keeps two long paths apart. */
function shortened(path: string): string {
  return path.length <= 160 ? path : `${path.slice(0, 140)}~${sha256(path).slice(0, 19)}`;
}

/** Whether the mark names this resource. The name of the stack does not count. */
export function isMarkOf(want: Wanted, text: string): boolean {
  const [, uid, path] = format.exec(text) ?? [];
  const [, ownUid, ownPath] = format.exec(mark(want)) ?? [];
  return uid !== undefined && uid === ownUid && path === ownPath;
}

/** Whether the mark names any resource of this owner. */
export function isOwners({ uid }: HostRef, text: string): boolean {
  return format.exec(text)?.[1] === uid;
}

/** Why the provider must not use an object that exists. Undefined when it may. */
export function foreign(want: Wanted & { adopt?: boolean }, what: string, text: string): Problem | undefined {
  if (want.adopt || isMarkOf(want, text)) return undefined;
  return ownerErrors.otherOwner(
    `${what} exists and belongs to ${ownerOf(want.host, text)}. Choose another name, or set adopt: true to take it over`,
  );
}

/** The owner of a mark, in words. */
export function ownerOf(host: HostRef, text: string): string {
  const [, uid, path] = format.exec(text) ?? [];
  if (!uid) return "another program (it does not have a mark of pulumi-kvm)";
  const readable = decoded(path ?? "");
  if (uid === host.uid) return `${readable} of this stack`;
  return `${readable} of ${text.split(" ")[1] ?? "another stack"} (owner ${uid})`;
}

/** Other programs may write anything here, and a long path is cut at any character. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** Fails in the script on the host, under the lock, when the link has got another owner since the last look. */
export function onlyOwnLink(want: Wanted & { adopt?: boolean }, name: string): Sh {
  if (want.adopt) return sh`:`;
  const own = stableMark(mark(want));
  return sh`
    case "$(cat /sys/class/net/${name}/ifalias 2>/dev/null)" in
      ${own}|${own}" "*) ;;
      *) echo ${`${name} exists and is not ours`} >&2; exit 1 ;;
    esac`;
}
