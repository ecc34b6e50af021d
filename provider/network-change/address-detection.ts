// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { lines, type Sh, sh } from "../core/shell";

/**
 * Switches off duplicate address detection of IPv6. The addresses were this host's own a moment ago, so no other host
 * has them. Detection would take a second, and up to one more second before it begins (RFC 4862, 5.4).
 */
export function withoutDetection(device: string): Sh {
  return sh`if [ -e ${detection(device)} ]; then echo 0 >${detection(device)}; fi`;
}

/**
 * Saves the current settings in a folder, before the change. A device that does not exist yet gets the default setting.
 */
export function keepDetection(folder: string, devices: readonly string[]): Sh {
  return lines(
    ...[...new Set(["default", ...devices])].map(
      (device) =>
        sh`cat ${detection(device)} 2>/dev/null >${folder}/accept_dad.${device} || cat ${detection("default")} 2>/dev/null >${folder}/accept_dad.${device} || :`,
    ),
  );
}

/** Restores the saved settings of those devices that exist. */
export function withDetection(folder: string, devices: readonly string[]): Sh {
  return lines(
    ...[...new Set(devices)].map(
      (device) => sh`if [ -e ${detection(device)} ]; then cat ${folder}/accept_dad.${device} >${detection(device)}; fi`,
    ),
  );
}

const detection = (device: string) => `/proc/sys/net/ipv6/conf/${device}/accept_dad`;
