import { guestKeyPath } from "./facts/keys";
import { changeFolder, failedFolder } from "./facts/network-change";
import { lockPath, type Records, stateFolder } from "./facts/records";
import { writeFile } from "./files";
import { type HostRef, type Plan, run, steps } from "./kind";
import { finishConfirmed } from "./public-bridge/confirmation";
import { tidyUnits } from "./public-bridge/first-boot";
import { lines, sh } from "./shell";

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

export function noOwnerPlan(host: HostRef, records: Records): Plan {
  return steps(ownerPath(host) in records && run("forget the owner", unregister(host)));
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

function unregister({ uid }: HostRef) {
  const own = `${stateFolder}/owners/${uid}`;
  const folders = ["objects", "owners", "shared"].map((folder) => `${stateFolder}/${folder}`);
  return lines(
    finishConfirmed,
    sh`
      # Of a change of the network that came to nothing: nobody is left who would ask for it.
      rm -rf ${[failedFolder, `${changeFolder}.new`]}
      ${tidyUnits}
      rm -f ${`${own}.json`} ${`${own}.key`} ${`${own}.key.pub`} ${lockPath}
      rmdir ${`${stateFolder}/objects/${uid}`} ${folders} ${stateFolder} 2>/dev/null || :`,
  );
}
