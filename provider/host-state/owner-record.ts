import { type HostRef, type Plan, run, steps } from "../core/kind";
import { sh } from "../core/shell";
import { writeFile } from "./atomic-write";
import { guestKeyPath, stateFolder } from "./paths";
import type { Records } from "./records.fact";

/**
 * The owner of all that a stack makes on a host, as the host knows it. It is written down together with its first
 * object and not with the Host: a run that is killed before any state knows the Host has left nothing.
 */

export function ownerPath({ uid }: HostRef): string {
  return `${stateFolder}/owners/${uid}.json`;
}

export function ownerPlan(host: HostRef, records: Records): Plan {
  return steps(!(ownerPath(host) in records) && run("register the owner", register(host)));
}

/** Many may come first at once: the first of them does it. */
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
