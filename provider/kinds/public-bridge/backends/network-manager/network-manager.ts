// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { familyOf, parseCidr } from "../../../../core/addresses";
import { sha256 } from "../../../../core/names";
import { lines, type Sh, sh } from "../../../../core/shell";
import { contentOf, type Names, type NetworkBackend, type Origin, type Wishes } from "../../backend";
import { makeBridge } from "../../bridge-commands";
import { keyOf, parseIni, printIni, type Section, valuesOf, withoutKeys } from "../../formats/ini";
import { detection } from "./detection";
import { linesFor, obstacleIn } from "./obstacle";

/**
 * NetworkManager with keyfiles (nm-settings-keyfile(5)). The NIC's connection stays, but NetworkManager prefers ours.
 */
export const networkManager: NetworkBackend = {
  name: "NetworkManager",
  ...detection,
  obstacle: obstacleIn,
  asksDhcp: (origin) => valuesOf(sectionsOf(origin), "ipv4", "method").at(-1) === "auto",
  render: (origin, wishes) => ({
    [file(origin, "bridge")]: { mode: 0o600, content: printIni(bridge(origin, wishes)) },
    [file(origin, "port")]: { mode: 0o600, content: printIni(port(origin)) },
  }),
  enterBridge: (names) =>
    lines(
      // Otherwise NetworkManager makes the bridge as soon as it reads the file, with duplicate address detection.
      makeBridge(names),
      sh`nmcli connection reload`,
      // A bridge that is up changes in place.
      sh`
        if [ "$(nmcli -g GENERAL.CON-UUID device show ${names.bridge} 2>/dev/null)" = ${uuidOf(names, "bridge")} ]; then
          nmcli device reapply ${names.bridge}
        else
          ${bringUp(names)}
        fi`,
    ),
  enterNic: upAsBefore,
  setsZone: true,
};

/**
 * Activates the bridge, which brings up its port. The NIC must not be a port before, as it is after a delete that was
 * rolled back: NetworkManager would treat the bridge as foreign and configure nothing. A lease may take longer than
 * nmcli waits (exit code 3). Later checks show whether all addresses are there.
 */
function bringUp(names: Names): Sh {
  const { nic, bridge } = names;
  return lines(
    sh`ip link set dev ${nic} nomaster`,
    sh`nmcli --wait 30 connection up ${uuidOf(names, "bridge")} || [ $? = 3 ]`,
    sh`[ -e /sys/class/net/${bridge}/brif/${nic} ] || nmcli --wait 30 connection up ${uuidOf(names, "port")}`,
    // The bridge gets its addresses before its port. Without the flush, a neighbour request from that time is repeated
    // only after 1 s.
    sh`ip neighbour flush dev ${bridge} nud incomplete`,
  );
}

/** Activates the NIC's old connection, and deletes the bridge. NetworkManager keeps a bridge when its file is gone. */
export function upAsBefore({ connection, bridge }: Names, unasked: Sh): Sh {
  return lines(
    unasked,
    sh`nmcli connection reload`,
    sh`nmcli --wait 30 connection up ${connection ?? ""}`,
    sh`if [ -e /sys/class/net/${bridge} ]; then ip link delete dev ${bridge}; fi`,
  );
}

function file({ bridge }: Origin, what: "bridge" | "port"): string {
  return `/etc/NetworkManager/system-connections/pulumi-kvm-${bridge}-${what}.nmconnection`;
}

/** The UUID is always the same for the same names, so that later commands find the connection. */
function uuidOf({ nic, bridge }: Pick<Names, "nic" | "bridge">, what: "bridge" | "port"): string {
  const hex = sha256(`pulumi-kvm ${nic} ${bridge} ${what}`);
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

/**
 * Higher than that of the NIC's own connection. Otherwise that one gets the NIC at boot, and the bridge has no port.
 */
const priority = "autoconnect-priority=999";

function port(origin: Origin): Section[] {
  const { nic, bridge, mtu } = origin;
  const all = sectionsOf(origin);
  const id = ["id", "uuid", "type", "interface-name", "master", "slave-type"];
  const values = [`${bridge}-port`, uuidOf({ nic, bridge }, "port"), "ethernet", nic, bridge, "bridge"];
  const said = [...id.map((key, i) => `${key}=${values[i]}`), ...linesFor("port", "connection", all)];
  const ethernet = [...(mtu === 1500 ? [] : [`mtu=${mtu}`]), ...linesFor("port", "ethernet", all)];
  return [
    { name: "connection", lines: [...said, "autoconnect=true", priority] },
    ...(ethernet.length > 0 ? [{ name: "ethernet", lines: ethernet }] : []),
    ...all.filter(({ name }) => name === "ethtool"),
  ];
}

function bridge(origin: Origin, wishes: Wishes): Section[] {
  const { bridge, macAddress } = origin;
  const all = sectionsOf(origin);
  const kept = linesFor("bridge", "connection", all);
  const connection = [`id=${bridge}`, `uuid=${uuidOf(origin, "bridge")}`, "type=bridge", `interface-name=${bridge}`];
  return [
    { name: "connection", lines: [...connection, ...kept, "autoconnect=true", "autoconnect-slaves=1", priority] },
    { name: "ethernet", lines: [`cloned-mac-address=${macAddress}`] },
    { name: "bridge", lines: ["stp=false", "forward-delay=0"] },
    family(all, 4, wishes),
    family(all, 6, wishes),
    ...all.filter(({ name }) => ["proxy", "hostname"].includes(name)),
  ];
}

/** [ipv4] or [ipv6], with the desired values in place of the old ones. */
function family(all: readonly Section[], version: 4 | 6, wishes: Wishes): Section {
  const name = `ipv${version}`;
  const said = { name, lines: all.filter((section) => section.name === name).flatMap(({ lines }) => lines) };
  const addresses = wishes.addresses?.filter((address) => parseCidr(address)?.family === version);
  const gateway = wishes.gateways?.find((one) => familyOf(one) === version);
  const servers = wishes.nameservers?.filter((one) => familyOf(one) === version);
  const asking = version === 4 ? wishes.dhcp : undefined;
  const without = said.lines.filter((line) => !isReplaced(keyOf(line), wishes, asking));
  const kept = wishes.gateways && !wishes.addresses ? without.map(withoutGateway) : without;
  const lines = [
    ...kept,
    ...method(said, version, addresses, asking),
    ...(addresses ?? []).map((address, i) => `address${i + 1}=${address}`),
    ...(gateway ? [`gateway=${gateway}`] : wishes.addresses && !wishes.gateways ? oldGateway(said) : []),
    ...(servers ? [`dns=${servers.join(";")};`] : []),
  ];
  return withoutKeys({ name, lines }, ["dad-timeout"]);
}

function isReplaced(key: string, { addresses, gateways, nameservers }: Wishes, dhcp: boolean | undefined): boolean {
  if (/^address(es)?\d*$/.test(key)) return addresses !== undefined;
  if (key === "gateway") return gateways !== undefined || addresses !== undefined;
  if (key === "dns") return nameservers !== undefined;
  return key === "method" && (dhcp !== undefined || addresses !== undefined);
}

/** The method "auto" stays, and the desired addresses come in addition. */
function method(
  said: Section,
  version: 4 | 6,
  addresses: readonly string[] | undefined,
  dhcp: boolean | undefined,
): string[] {
  if (dhcp === undefined && addresses === undefined) return [];
  const old = valuesOf([said], said.name, "method").at(-1) ?? "auto";
  if (version === 4 && dhcp !== undefined) {
    const some = addresses ? addresses.length > 0 : said.lines.some((line) => /^address/.test(line));
    return [`method=${dhcp ? "auto" : some ? "manual" : "disabled"}`];
  }
  if (addresses && addresses.length > 0 && old !== "auto") return ["method=manual"];
  if (addresses?.length === 0 && old === "manual") return [`method=${version === 4 ? "disabled" : "link-local"}`];
  return [`method=${old}`];
}

/** Removes the gateway from a line like `address1=192.0.2.2/24,192.0.2.1`. */
function withoutGateway(line: string): string {
  return /^address\d*=/.test(line) ? line.replace(/,.*$/, "") : line;
}

function oldGateway(said: Section): string[] {
  const beside = said.lines.map((line) => /^address\d*=[^,]*,(.+)$/.exec(line)?.[1]).find((one) => one !== undefined);
  const gateway = valuesOf([said], said.name, "gateway")[0] ?? beside;
  return gateway ? [`gateway=${gateway}`] : [];
}

function sectionsOf(origin: Origin): Section[] {
  return parseIni(contentOf(origin, origin.sources[0] ?? ""));
}
