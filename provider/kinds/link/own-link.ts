// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import type { Wanted } from "../../core/kind";
import { foreign, isMarkOf, onlyOwnLink } from "../../core/mark";
import type { Problem } from "../../core/problem";
import { indented, type Sh, sh } from "../../core/shell";
import { linkErrors } from "./errors";
import type { Link } from "./links.fact";

/** What every kind that is a link has in common: whose link it is, and how a new one gets its mark. */

type LinkWant = Wanted & { adopt?: boolean };

/** Whether the link is of the kind's own type, and what the type is called: "a bridge". */
export interface LinkType {
  matches(link: Link): boolean;
  called: string;
}

/** Why the provider must not use the link with this name: another owner has it, or it is of another type. */
export function takenLink(want: LinkWant, link: Link | undefined, type: LinkType): Problem | undefined {
  if (!link) return undefined;
  const taken = foreign(want, want.name, link.alias);
  if (taken || type.matches(link)) return taken;
  return linkErrors.wrongType(`${want.name} exists but is not ${type.called}. Choose another name`);
}

/** Whether the link is that of this resource. */
export function isOwnLink(want: Wanted, link: Link | undefined, type: LinkType): link is Link {
  return link !== undefined && type.matches(link) && isMarkOf(want, link.alias);
}

/**
 * Makes a link and sets it up. When the setup fails, it deletes the new link again. Without a mark the link would have no
 * owner, and the next run would refuse it.
 * @param setUp one command, which sets the alias to the mark
 */
export function makeLink(want: LinkWant, make: Sh, setUp: Sh): Sh {
  return sh`
    made=
    if [ -e /sys/class/net/${want.name} ]; then
      ${onlyOwnLink(want, want.name)}
    else
      ${indented(make, 2)}
      made=yes
    fi
    ${setUp} || { [ -z "$made" ] || ip link delete dev ${want.name}; exit 1; }`;
}
