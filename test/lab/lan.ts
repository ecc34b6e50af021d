import { createInterface } from "node:readline";
import { execa } from "execa";
import { checkout } from "../../tools/checkout";
import type { Slot } from "./slot";

/** A LAN with a gateway, and a fake internet behind the gateway: all in one network namespace. */
export interface Lan {
  gateway: string;
  gateway6: string;
  outside: Outside;
  /** Whether its gateway sends router advertisements (RFC 4861). */
  advertises: boolean;
  /** Pulls a machine's cable out of the switch, or plugs it in again. */
  cable(link: string, state: "up" | "down"): Promise<void>;
  /** From now on, this machine reaches the address through the gateway, not directly on the LAN. */
  routeTo(address: string): Promise<void>;
  close(): Promise<void>;
}

/** A web server on the internet. On the LAN, names below outside.test resolve to its address. */
export interface Outside {
  url: string;
  address: string;
  /** The clients, with their addresses as the server sees them. Behind NAT that is the gateway's address. */
  requests: { from: string; path: string }[];
}

const gatewayHost = 1;
const ourHost = 254; // the address of this machine, for the SSH clients on it

export interface LanOptions {
  /**
   * The gateway sends router advertisements (RFC 4861), and every machine on the LAN gives itself an address. @default
   * false
   */
  routerAdvertisements?: boolean;
}

export async function openLan(slot: Slot, { routerAdvertisements = false }: LanOptions = {}): Promise<Lan> {
  const [gateway, gateway6] = [slot.address(gatewayHost), slot.address6(gatewayHost)];
  const address = slot.internet.replace("0/24", "1");
  await makeLinks(slot, address);
  await makeRouter(slot);
  const { requests, close } = await startOutside(slot, gateway, address, routerAdvertisements);
  const cable = async (link: string, state: string) => {
    await execa("ip", ["-netns", slot.name, "link", "set", "dev", link, state]);
  };
  const routeTo = async (to: string) => {
    const [via, src] = to.includes(":") ? farEnds(slot).v6 : farEnds(slot).v4;
    const family = to.includes(":") ? "-6" : "-4";
    await batch([`${family} route replace ${to} via ${via} dev ${farLink(slot)} src ${src}`]);
  };
  const outside = { url: `http://${address}/`, address, requests };
  return { gateway, gateway6, outside, advertises: routerAdvertisements, cable, routeTo, close };
}

// In its own namespace, the LAN is isolated from this machine's firewall, forwarding and bridge filter, and from other
// runs.
async function makeLinks(slot: Slot, internet: string): Promise<void> {
  const { name } = slot;
  await batch([
    `netns add ${name}`,
    `link add name ${name} type veth peer name uplink netns ${name}`,
    `address add ${slot.address(ourHost)}/24 dev ${name}`,
    `link set dev ${name} up`,
    `route add ${slot.internet} via ${slot.address(gatewayHost)} dev ${name}`,
  ]);
  const inside = [
    "link add name lan0 type bridge stp_state 0",
    "link set dev uplink master lan0 up",
    `address add ${slot.address(gatewayHost)}/24 dev lan0`,
    `address add ${internet}/32 dev lo`,
    "link set dev lo up",
    "link set dev lan0 up",
    `address add ${slot.address6(gatewayHost)}/64 dev lan0 nodad`,
  ];
  await batch(inside, ["-netns", name]);
}

const farLink = ({ name }: Slot) => `${name}far`;

/** The addresses at both ends of the second link between the gateway and this machine, which does not use the LAN. */
function farEnds({ internet, lan6 }: Slot) {
  const [v4, v6] = [internet.replace(".0/24", ""), lan6.replace("fd18", "fd19").replace("::/64", "")];
  return { v4: [`${v4}.253`, `${v4}.254`], v6: [`${v6}::253`, `${v6}::254`] } as const;
}

// A neighbour on the LAN reaches a host even when the host's gateway is wrong. On this link, this machine is no
// neighbour.
async function makeRouter(slot: Slot): Promise<void> {
  const { v4, v6 } = farEnds(slot);
  const link = farLink(slot);
  await batch([
    `link add name ${link} type veth peer name far netns ${slot.name}`,
    `address add ${v4[1]}/32 peer ${v4[0]} dev ${link}`,
    `address add ${v6[1]}/64 dev ${link} nodad`,
    `link set dev ${link} up`,
  ]);
  const inside = [
    `address add ${v4[0]}/32 peer ${v4[1]} dev far`,
    `address add ${v6[0]}/64 dev far nodad`,
    "link set dev far up",
  ];
  await batch(inside, ["-netns", slot.name]);
  const forward = "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding";
  await execa("nsenter", [`--net=/run/netns/${slot.name}`, "sh", "-c", forward]);
}

async function batch(commands: string[], options: string[] = []): Promise<void> {
  for (const command of commands) await execa("ip", [...options, ...command.split(" ")]);
}

async function startOutside(slot: Slot, gateway: string, internet: string, advertise: boolean) {
  const program = [process.execPath, `${checkout}/bin/test/lab/outside.js`];
  const network = slot.lan.replace(".0/24", "");
  const ownPids = ["unshare", "--pid", "--fork", "--kill-child"]; // dnsmasq ends with its parent
  const child = execa(
    "nsenter",
    [
      `--net=/run/netns/${slot.name}`,
      ...ownPids,
      ...program,
      gateway,
      network,
      internet,
      slot.folder,
      ...(advertise ? [slot.lan6] : []),
    ],
    { detached: true, stdin: "pipe", stdout: "pipe", stderr: "pipe", reject: false, buffer: { stdout: false } },
  );
  const requests: Outside["requests"] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on("line", (line) => {
      const said = JSON.parse(line);
      said.ready ? resolve() : requests.push(said);
    });
    child.then(({ stderr }) => reject(new Error(`The lab's outside does not start: ${stderr}`)));
  });
  const close = async () => {
    child.stdin.end();
    await child;
  };
  return { requests, close };
}
