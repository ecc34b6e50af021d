import type { GuestAccess } from "../../components/lab/guest-access";
import type { Site } from "./site";
import { table } from "./table";

type Outputs = Record<string, unknown>;

/** The options of the command line. */
export interface Options {
  pattern: PatternName;
  /** The user's own hypervisor, as `user@server:port`. @default a throwaway hypervisor on this machine */
  host?: string;
  /** Path on the host, URL or local file. @default a Debian image that the demo makes */
  image?: string;
  imageSha256?: string;
  accelerator?: string;
  guests?: string;
  probeUrl?: string;
  nic?: string;
  keep: boolean;
  destroy: boolean;
}

/** A lab that the demo can create: an example, its configuration, and the presentation of its outputs. */
export interface Pattern {
  /** For a sentence: "This creates …". */
  what: string;
  /** Its folder below examples/. */
  example: string;
  /** One of its guests, for "ssh NAME". */
  guest: string;
  /** Its guests are on the host's LAN. Another machine on that LAN tests them. */
  onLan?: true;
  config(options: Options, site: Site): Record<string, string | undefined>;
  show(outputs: Outputs, site: Site): Promise<string>;
}

export const patterns = {
  "gateway-lab": {
    what: "the gateway lab (deb1 routes for the guests behind it)",
    example: "gateway-lab",
    guest: "deb2",
    config: settings,
    show: async (outputs, site) => lines(sheets(outputs), proofs(outputs), await outside(site)),
  },
  "public-bridge": {
    what: "a bridge over the NIC of our own SSH connection (with a guest on the host's LAN)",
    example: "public-bridge",
    guest: "guest1",
    onLan: true,
    config: (options, site) => ({ ...settings(options, site), nic: options.nic ?? site.nic }),
    show: async (outputs, site) =>
      lines(sheets(outputs), proofs(outputs), await fromTheLan(outputs, site), await outside(site)),
  },
} satisfies Record<string, Pattern>;

export type PatternName = keyof typeof patterns;

function settings(options: Options, site: Site): Record<string, string | undefined> {
  return {
    ...site.host,
    image: site.image,
    imageSha256: options.imageSha256,
    accelerator: options.accelerator ?? site.accelerator,
    guests: options.guests,
    probeUrl: options.probeUrl ?? site.probeUrl,
    sshAuthorizedKeys: JSON.stringify(site.publicKeys),
    readyWithinSeconds: "1800", // emulated guests, on a busy machine
  };
}

function sheets({ guests }: Outputs): string {
  const rows = Object.entries(guests as Record<string, GuestAccess>);
  return table(
    ["guest", "address", "MAC addresses", "log in"],
    rows.map(([name, guest]) => [name, guest.addresses.join(" "), guest.macAddresses.join(" "), guest.ssh]),
  );
}

function proofs({ proof }: Outputs): string {
  return table(["proof", "result"], Object.entries(proof as Record<string, string>));
}

async function outside(site: Site): Promise<string> {
  const seen = await site.seen();
  return seen.length > 0 ? ["Requests at the web server outside:", ...seen.map((line) => `  ${line}`)].join("\n") : "";
}

/** Tests the guests from another machine on the LAN, over IPv4 and IPv6. */
async function fromTheLan({ guests }: Outputs, { neighbour }: Site): Promise<string> {
  if (!neighbour) return "";
  const rows: string[][] = [];
  for (const [name, { addresses, macAddresses }] of Object.entries(guests as Record<string, GuestAccess>)) {
    const [given = ""] = (addresses[0] ?? "").split("/");
    for (const address of [given, neighbour.advertised(macAddresses[0] ?? "")])
      rows.push([name, address, ...(await neighbour.looksAt(address))]);
  }
  return table(["guest", "address, as tested from the LAN", "ping", "page"], rows);
}

function lines(...blocks: string[]): string {
  return blocks
    .filter(Boolean)
    .map((block) => `\n${block}\n`)
    .join("");
}
