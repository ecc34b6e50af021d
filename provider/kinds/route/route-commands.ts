// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import type { Wanted } from "../../core/kind";
import { mark } from "../../core/mark";
import { lines, type Sh, sh } from "../../core/shell";
import { stateFolder } from "../../host-state/paths";
import { holderId } from "../sysctl/reference-count";
import { claimPath, type RouteKey, routeProtocol } from "./route-table.fact";

/** Creates and deletes routes without touching routes of other owners: see docs/adr/013. */

export interface WantedRoute extends Wanted {
  gateway?: string | undefined;
  device?: string | undefined;
  source?: string | undefined;
  onlink: boolean;
  adopt?: boolean | undefined;
}

/** Claims the route, then creates it. Replaces an existing route only when that has our protocol, or with `adopt`. */
export function putRoute(want: WantedRoute, key: RouteKey): Sh {
  const claim = claimPath(key);
  const words = sh`${addressing(key)} ${next(want)} protocol ${routeProtocol}`;
  const ip = sh`ip -${key.family} route`;
  return lines(
    sh`
      if [ -f ${claim} ] && [ "$(sed -n 1p ${claim})" != ${holderId(want)} ]; then
        echo "$(sed -n 2p ${claim}) holds it" >&2
        exit 1
      fi`,
    writeClaim(claim, `${holderId(want)}\n${mark(want)}\n`),
    want.adopt
      ? sh`${ip} replace ${words}`
      : sh`
        if ! said=$(${ip} add ${words} 2>&1); then
          if ! ${isOurs(key)}; then echo "$said" >&2; exit 1; fi
          ${ip} replace ${words}
        fi`,
  );
}

/**
 * Frozen: the text of writeFile in release 0.1.0. It is a part of existing boot scripts: with another text, each of
 * them would count as wrong. Every boot writes the claim again.
 */
function writeClaim(path: string, content: string): Sh {
  return lines(
    sh`[ -d ${path.slice(0, path.lastIndexOf("/"))} ] || mkdir -p ${path.slice(0, path.lastIndexOf("/"))}`,
    sh`( umask 077; printf %s ${content} >${`${path}.new`} )`,
    sh`mv -f ${`${path}.new`} ${path}`,
  );
}

export function removeRoute(key: RouteKey): Sh {
  return sh`
    if ${isOurs(key)}; then ip -${key.family} route delete ${addressing(key)} protocol ${routeProtocol}; fi
    rm -f ${claimPath(key)}
    rmdir ${`${stateFolder}/shared/routes`} ${`${stateFolder}/shared`} 2>/dev/null || :`;
}

/**
 * Succeeds on the host when a route with this key and our protocol exists, whatever its next hop. `ip` does not show a
 * metric of 0.
 */
function isOurs({ family, destination, table, metric }: RouteKey): Sh {
  const all = sh`ip -Numeric -${family} route show table all exact ${destination} protocol ${routeProtocol}`;
  const ofTable = table === 254 ? sh`grep -v ' table '` : sh`grep -E ${` table ${table}( |$)`}`;
  const ofMetric = metric === 0 ? sh`grep -v ' metric '` : sh`grep -E ${` metric ${metric}( |$)`}`;
  return sh`${all} | grep . | ${ofTable} | ${ofMetric} >/dev/null`;
}

function addressing({ destination, table, metric }: RouteKey): Sh {
  return sh`${[destination, "table", table, ...(metric === 0 ? [] : ["metric", metric])]}`;
}

function next({ gateway, device, source, onlink }: WantedRoute): Sh {
  const words = [
    ...(gateway === undefined ? [] : ["via", gateway]),
    ...(device === undefined ? [] : ["dev", device]),
    ...(source === undefined ? [] : ["src", source]),
    ...(onlink ? ["onlink"] : []),
  ];
  return sh`${words}`;
}
