import { canonicalAddress } from "../addresses";
import { type Addressing, type DeviceRoute, hasDefault, type SeenAddress } from "../facts/addressing";
import { changeFolder } from "../facts/network-change";
import { lines, type Sh, sh } from "../shell";
import type { Names } from "./owner";

/** What a device must have for the host to be reached. */
export interface Expected {
  device: string;
  /** Without prefix lengths. */
  addresses: readonly string[];
  /** Families of which there must be a way out. */
  ways: readonly (4 | 6)[];
  /** Families of which it must have an address, whichever a server gives it. */
  leased?: readonly (4 | 6)[];
  /** The NIC that is its port, and has nothing of this itself. */
  port?: string;
}

/** A shell condition: the device has it all, and stands by itself. */
export function holdsAll({ device, addresses, ways, leased = [], port }: Expected): Sh {
  const tests = [
    ...addresses.map((address) => has(device, address)),
    ...leased.map(
      (family) => sh`ip -${family} -oneline address show dev ${device} scope global 2>/dev/null | grep -q .`,
    ),
    ...ways.map((family) => leadsOut(device, family)),
    ...(port === undefined ? [] : isBarePort(port, device, addresses, ways)),
  ];
  const stands = sh`ip link show dev ${device} up 2>/dev/null | grep -q . && [ ! -e /sys/class/net/${device}/master ]`;
  return tests.reduce((all, test) => sh`${all} && ${test}`, stands);
}

/** ip compares the device's own address, whatever it prints it as: `192.0.2.10/24`, `192.0.2.10 peer 192.0.2.1/32`. */
function has(device: string, address: string): Sh {
  return sh`ip -oneline address show dev ${device} to ${address} 2>/dev/null | grep -q .`;
}

function leadsOut(device: string, family: 4 | 6): Sh {
  return sh`ip -${family} -oneline route show default 2>/dev/null | grep -q ${`dev ${device}\\( \\|$\\)`}`;
}

/** A port with an address or a way out answers for the bridge, or takes its packets. */
function isBarePort(port: string, bridge: string, addresses: readonly string[], ways: readonly (4 | 6)[]): Sh[] {
  return [
    sh`[ -e /sys/class/net/${bridge}/brif/${port} ]`,
    ...addresses.map((address) => sh`! { ${has(port, address)}; }`),
    ...ways.map((family) => sh`! { ${leadsOut(port, family)}; }`),
  ];
}

/** What is said when it does not. */
export function missing({ device, addresses, ways, leased = [], port }: Expected): string {
  const out = ways.map((family) => `a default route of IPv${family}`);
  const given = leased.map((family) => `an address of IPv${family} from its server`);
  const got = `${device} did not get ${[...addresses, ...given, ...out].join(", ")}`;
  return port === undefined ? got : `${got}, with ${port} as its port, which has nothing of that itself`;
}

/** What a device that is as it was must have: what does not end by itself, and the ways out. */
export function expectedOf(device: string, addressing: Addressing, wayIn?: string): Expected {
  const fixed = addressing.addresses.filter(({ dynamic }) => !dynamic).map(addressOf);
  const all = addressing.addresses.map(addressOf);
  const came = wayIn !== undefined && all.includes(wayIn) ? [wayIn] : [];
  const byAdvertisement = 9;
  const lasting = { ...addressing, routes: addressing.routes.filter(({ protocol }) => protocol !== byAdvertisement) };
  return {
    device,
    addresses: [...new Set([...fixed, ...came])],
    ways: ([4, 6] as const).filter((family) => hasDefault(lasting, family)),
  };
}

/** Gives a device addresses and routes without whoever owns them: what is left when they do not do it themselves. */
export function giveBack(device: string, { addresses, routes }: Addressing): Sh {
  return lines(
    sh`ip link set dev ${device} up`,
    withoutOthers(device, addresses),
    ...addresses.map((address) => sh`ip address replace ${words(address)} dev ${device}`),
    ...[...routes].sort((a, b) => Number("gateway" in a) - Number("gateway" in b)).map((route) => put(route, device)),
  );
}

/** The NIC by itself, or as the bridge's port, whatever was half done. */
export function formNic({ nic, bridge }: Names): Sh {
  return lines(
    sh`ip link set dev ${nic} nomaster up`,
    sh`if [ -e /sys/class/net/${bridge} ]; then ip link delete dev ${bridge}; fi`,
  );
}

export function formBridge(names: Names): Sh {
  return lines(makeBridge(names), joinLinks(names));
}

/** networkd 257 gives a bridge up that somebody else made: what is not there, it makes by itself. */
export function formIfThere(names: Names): Sh {
  return sh`if [ -e /sys/class/net/${names.bridge} ]; then ${joinLinks(names)}; fi`;
}

function joinLinks({ nic, bridge }: Names): Sh {
  return lines(
    sh`ip address flush dev ${nic} scope global`,
    sh`ip link set dev ${nic} master ${bridge} up`,
    sh`ip link set dev ${bridge} up`,
  );
}

/** Before its owner does: so the addresses can be used as soon as they are there. */
export function makeBridge({ bridge, macAddress }: Names): Sh {
  return lines(
    sh`
      if ! [ -e /sys/class/net/${bridge} ]; then
        ip link add name ${bridge} address ${macAddress} type bridge stp_state 0 forward_delay 0
      fi`,
    withoutDetection(bridge),
  );
}

/**
 * For an owner that makes the bridge by itself when `start` tells it to. Links that appear meanwhile, and the bridge is one,
 * start without duplicate address detection; those that appear later do not.
 */
export function letOwnerMake({ bridge }: Names, start: Sh): Sh {
  return lines(
    sh`if [ -e /sys/class/net/${bridge} ]; then ${withoutDetection(bridge)}; else ${withoutDetection("default")}; fi`,
    start,
    sh`
      tries=0
      until [ -e /sys/class/net/${bridge} ] || [ $tries -gt 100 ]; do tries=$((tries + 1)); sleep 0.05; done`,
    withDetection(changeFolder, ["default"]),
  );
}

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

/** As `ip` prints it, however it was spelled. */
export function addressOf({ cidr }: Pick<SeenAddress, "cidr">): string {
  return canonicalAddress(cidr.split("/")[0] ?? "");
}

/** Nobody else has it: it was ours a moment ago. A label begins with the name of its device. */
function words(address: SeenAddress): string[] {
  const { cidr, validSeconds, preferredSeconds, broadcast, label, flags = [] } = address;
  const lifetime =
    validSeconds === undefined ? [] : ["valid_lft", `${validSeconds}`, "preferred_lft", `${preferredSeconds}`];
  return [
    ...printed(address).split(" "),
    ...(broadcast === undefined ? [] : ["broadcast", broadcast]),
    ...(label === undefined ? [] : ["label", label]),
    ...lifetime,
    ...flags,
    ...(cidr.includes(":") ? ["nodad"] : []),
  ];
}

/** As `ip address` prints it, and takes it. */
function printed({ cidr, peer }: SeenAddress): string {
  const [address, prefix] = cidr.split("/");
  return peer === undefined ? cidr : `${address} peer ${peer}/${prefix}`;
}

/** What something half done has left there. One that a server gave ends by itself. */
function withoutOthers(device: string, addresses: readonly SeenAddress[]): Sh {
  const kept = addresses.map(printed).join("\n");
  return sh`
    ip -oneline address show dev ${device} scope global permanent |
      sed 's/.* inet6* \\([^ ]*\\( peer [^ ]*\\)*\\) .*/\\1/' |
      while read -r address; do
        printf '%s\n' ${kept} | grep -qxF "$address" || ip address delete $address dev ${device}
      done`;
}

function put(
  { family, destination, gateway, source, table, metric, protocol, onlink, expiresSeconds }: DeviceRoute,
  device: string,
): Sh {
  const how = [
    ...(gateway === undefined ? [] : ["via", gateway]),
    ...["dev", device, "table", `${table}`, "protocol", `${protocol}`],
    ...(metric === 0 ? [] : ["metric", `${metric}`]),
    ...(source === undefined ? [] : ["src", source]),
    ...(onlink ? ["onlink"] : []),
    ...(expiresSeconds === undefined ? [] : ["expires", `${expiresSeconds}`]),
  ];
  return sh`ip -${family} route replace ${destination} ${how}`;
}
