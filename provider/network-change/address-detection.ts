import { lines, type Sh, sh } from "../core/shell";

/**
 * Nobody else has the addresses, they were this host's a moment ago: to ask would take IPv6 a second, and up to one more
 * before it begins to (RFC 4862, 5.4).
 */
export function withoutDetection(device: string): Sh {
  return sh`if [ -e ${detection(device)} ]; then echo 0 >${detection(device)}; fi`;
}

/** What it is set to before anything is done, into a folder; a device that is not there yet gets the default. */
export function keepDetection(folder: string, devices: readonly string[]): Sh {
  return lines(
    ...[...new Set(["default", ...devices])].map(
      (device) =>
        sh`cat ${detection(device)} 2>/dev/null >${folder}/accept_dad.${device} || cat ${detection("default")} 2>/dev/null >${folder}/accept_dad.${device} || :`,
    ),
  );
}

/** As it was, of those devices that are there. */
export function withDetection(folder: string, devices: readonly string[]): Sh {
  return lines(
    ...[...new Set(devices)].map(
      (device) => sh`if [ -e ${detection(device)} ]; then cat ${folder}/accept_dad.${device} >${detection(device)}; fi`,
    ),
  );
}

const detection = (device: string) => `/proc/sys/net/ipv6/conf/${device}/accept_dad`;
