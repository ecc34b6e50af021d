// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import type { HostRef } from "../core/host-ref";
import { type Plan, run, steps } from "../core/kind";
import { sh } from "../core/shell";
import { writeFile } from "./atomic-write";
import { guestKeyPath, stateFolder } from "./paths";
import type { Records } from "./records.fact";

/**
 * The record of a stack, the owner of its objects on a host. It comes with the first object and not with the Host, so that
 * a run that is killed before the state knows the Host leaves nothing.
 */

export function ownerPath({ uid }: HostRef): string {
  return `${stateFolder}/owners/${uid}.json`;
}

export function ownerPlan(host: HostRef, records: Records): Plan {
  return steps(!(ownerPath(host) in records) && run("register the owner", register(host)));
}

/** Several first objects may come at once. The first of them writes the record. */
function register(host: HostRef) {
  const [path, key] = [ownerPath(host), guestKeyPath(host.uid)];
  const owner = `${JSON.stringify({ uid: host.uid, stack: host.stack ?? "" })}\n`;
  return sh`
    if [ ! -e ${path} ]; then
      mkdir -p ${`${stateFolder}/owners`}
      chmod 711 ${stateFolder}; chmod 700 ${`${stateFolder}/owners`}
      # With it the hypervisor lets its owner into the guests that are hosts themselves.
      if command -v ssh-keygen >/dev/null && [ ! -e ${key} ]; then
        ssh-keygen -q -t ed25519 -N "" -C ${`pulumi-kvm:${host.uid}`} -f ${key}
      fi
      ${writeFile(path, owner, 0o600)}
    fi`;
}
