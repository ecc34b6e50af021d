import * as pulumi from "@pulumi/pulumi";
import { argumentErrors } from "../../provider/core/argument-errors";
import type { Problem } from "../../provider/core/problem";
import { type HostOrGuest, outputOf } from "../../provider/core/resource";
import type { Guest } from "../../provider/kinds/guest/guest.resource";
import { Probe, type ProbeHttpArgs, type ProbePingArgs } from "../../provider/kinds/probe/probe.resource";
import { derived } from "../lab/derived";
import { type GuestAccess, guestAccess, inventory, knownHosts, sshConfig } from "../lab/guest-access";
import { labGuest, labImage, labMember } from "../lab/lab-guest";
import { refuseWrong, registered, renamedFrom } from "../lab/registration";
import type { PublicBridgeLabArgs, PublicBridgeLabGuestArgs } from "./args";

/**
 * Guests on the host's own LAN, which can reach them directly. At the end, probes test that the host and each guest
 * reach each other.
 */
export class PublicBridgeLab extends pulumi.ComponentResource {
  /** How to reach each guest, by its name in the lab. With DHCP, `addresses` has the leased address. */
  readonly guests: pulumi.Output<Record<string, GuestAccess>>;
  /** A block for ~/.ssh/config. The connections go through the hypervisor, so that they work outside the LAN too. */
  readonly sshConfig: pulumi.Output<string>;
  /** An Ansible inventory in YAML. */
  readonly inventory: pulumi.Output<string>;
  /** Lines with the host keys: `pulumi stack output knownHosts >> ~/.ssh/known_hosts`. */
  readonly knownHosts: pulumi.Output<string>;
  /** The results of the probes: { "guest1 → host ping": "ok", "host → guest1 ping": "ok" }. */
  readonly proof: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: PublicBridgeLabArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = problemsIn(args);
    super(
      "kvm:index:PublicBridgeLab",
      name,
      problems[0] ? {} : registered(args),
      renamedFrom("kvm:PublicBridgeLab", opts),
    );
    refuseWrong(problems, this);
    const bridge = outputOf(args.bridge, "name") as pulumi.Output<string>;
    const place = { parent: this, image: labImage(name, args, this), bridge };
    const made = Object.entries(guestsOf(args)).map(([guest, wish]) => {
      const machine = labGuest(name, args, labMember(guest, wish, networkOf(wish)), place);
      return [guest, machine, this.#prove(name, guest, machine, args)] as const;
    });

    const sheets = made.map(([guest, machine, { source }]) => [guest, withLease(machine, source)] as const);
    this.guests = pulumi.output(Object.fromEntries(sheets)) as pulumi.Output<Record<string, GuestAccess>>;
    this.sshConfig = sshConfig(this.guests, args.host);
    this.inventory = inventory(this.guests, args.host);
    this.knownHosts = knownHosts(this.guests, args.host);
    this.proof = pulumi.output(Object.fromEntries(made.flatMap(([, , { results }]) => Object.entries(results))));
    const { guests, sshConfig: config, inventory: hosts, knownHosts: keys, proof } = this;
    this.registerOutputs({ guests, sshConfig: config, inventory: hosts, knownHosts: keys, proof });
  }

  /** The guest pings the host, and so reports its source address. Then the host pings that address. */
  #prove(lab: string, guest: string, from: Guest, { host, bridge, probe = {} }: PublicBridgeLabArgs) {
    const opts = { parent: this, deletedWith: from };
    const shared = { triggers: [from.revision], required: derived(probe.required, (given = true) => given) };
    const probeOf = (what: string, args: Target) =>
      new Probe(`${lab}-${guest}-${what}`, { from, ...shared, ...args }, opts);

    const addresses = outputOf(bridge, "ipAddresses") as pulumi.Output<string[]>;
    const out = probeOf("ping-host", { ping: addresses.apply(firstAddress) });
    const back = probeOf("ping-guest", { from: host, ping: out.source });
    const results: Record<string, pulumi.Output<string>> = {
      [`${guest} → host ping`]: out.result,
      [`host → ${guest} ping`]: back.result,
    };
    if (probe.url !== undefined) results[`${guest} → http`] = probeOf("http", { http: probe.url }).result;
    return { results, source: out.source };
  }
}

/** What a probe tests, and the machine that runs it if that is not the guest. */
type Target = (Pick<ProbePingArgs, "ping"> | Pick<ProbeHttpArgs, "http">) & { from?: pulumi.Input<HostOrGuest> };

function guestsOf({ guests = 1 }: PublicBridgeLabArgs): Record<string, PublicBridgeLabGuestArgs> {
  if (typeof guests !== "number") return guests;
  return Object.fromEntries(Array.from({ length: guests }, (_, i) => [`guest${i + 1}`, {}]));
}

function networkOf({ addresses, gateway, nameservers }: PublicBridgeLabGuestArgs) {
  if (addresses === undefined) return undefined;
  return { addresses, ...(gateway !== undefined && { gateway }), ...(nameservers && { nameservers }) };
}

function withLease(machine: Guest, source: pulumi.Output<string | undefined>) {
  const { addresses, ...rest } = guestAccess(machine);
  const all = pulumi.all([addresses, source]);
  return { ...rest, addresses: all.apply(([fixed, leased]) => (fixed?.length ? fixed : leased ? [leased] : [])) };
}

function firstAddress(cidrs: string[]): string {
  return (cidrs[0] ?? "").split("/")[0] as string;
}

/** Errors in the arguments, each with the argument's name. A preview reports them too. */
function problemsIn(args: PublicBridgeLabArgs): Problem[] {
  // Loaded late: a program without a lab does not need the schemas, and they take time to load.
  const schemas = require("./args-shape") as typeof import("./args-shape");
  const shape = schemas.publicBridgeLabShapeErrors(args);
  if (shape.length > 0) return shape;
  return Object.entries(guestsOf(args)).flatMap(([name, { addresses, gateway, nameservers }]) =>
    addresses === undefined && (gateway !== undefined || nameservers)
      ? [
          argumentErrors.contradiction(
            `guests.${name}: gateway and nameservers require addresses. With DHCP, the server gives them`,
          ),
        ]
      : [],
  );
}
