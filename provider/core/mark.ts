import type { HostRef, Wanted } from "./kind";
import { sha256 } from "./names";
import { type Sh, sh } from "./shell";

/**
 * Whose an object is. The mark is written onto the object itself where it can hold one (a link's alias, a rule's
 * comment, a unit's description), so that it is right even when our own records are lost.
 */

const format = /^pulumi-kvm:([a-z2-7]+):([^ ]*)/;

/** The mark of a resource: owner, path, and for the reader the stack. A link's alias has at most 255 bytes. */
export function mark(want: Wanted): string {
  const stack = want.host.stack ? ` ${want.host.stack.slice(0, 60)}` : "";
  return `pulumi-kvm:${want.host.uid}:${shortened(encodeURI(want.path))}${stack}`;
}

/** The mark as a host finds it again, whatever the stack was called when it was written. */
export function stableMark(mark: string): string {
  return mark.split(" ")[0] ?? "";
}

/** In most scripts a letter takes nine bytes here. What is cut off still tells two paths apart. */
function shortened(path: string): string {
  return path.length <= 160 ? path : `${path.slice(0, 140)}~${sha256(path).slice(0, 19)}`;
}

/** True when the mark names this very resource, whatever the stack is called by now. */
export function isMarkOf(want: Wanted, text: string): boolean {
  const [, uid, path] = format.exec(text) ?? [];
  const [, ownUid, ownPath] = format.exec(mark(want)) ?? [];
  return uid !== undefined && uid === ownUid && path === ownPath;
}

/** True when the mark names some resource of this owner. */
export function isOwners({ uid }: HostRef, text: string): boolean {
  return format.exec(text)?.[1] === uid;
}

/** Why an object that exists may not be taken; undefined when it may. */
export function foreign(want: Wanted & { adopt?: boolean }, what: string, text: string): string | undefined {
  if (want.adopt || isMarkOf(want, text)) return undefined;
  return `${what} exists and belongs to ${ownerOf(want.host, text)}. Choose another name, or set adopt: true to take it over`;
}

/** Whose a mark is, for the reader. */
export function ownerOf(host: HostRef, text: string): string {
  const [, uid, path] = format.exec(text) ?? [];
  if (!uid) return "somebody else (it carries no mark of pulumi-kvm)";
  const readable = decoded(path ?? "");
  if (uid === host.uid) return `${readable} of this same stack`;
  return `${readable} of ${text.split(" ")[1] ?? "another stack"} (owner ${uid})`;
}

/** Others may write what they like, and a long path is cut anywhere. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** Fails in the host's script, under its lock, when a link of that name became another's since it was looked at. */
export function onlyOwnLink(want: Wanted & { adopt?: boolean }, name: string): Sh {
  if (want.adopt) return sh`:`;
  const own = stableMark(mark(want));
  return sh`
    case "$(cat /sys/class/net/${name}/ifalias 2>/dev/null)" in
      ${own}|${own}" "*) ;;
      *) echo ${`${name} exists and is not ours`} >&2; exit 1 ;;
    esac`;
}
