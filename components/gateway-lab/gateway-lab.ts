import * as pulumi from "@pulumi/pulumi";
import { FirewallRule } from "../../provider/kinds/firewall/firewall-rule.resource";
import { Masquerade } from "../../provider/kinds/firewall/masquerade.resource";
import { IpForwarding } from "../../provider/kinds/forwarding/ip-forwarding.resource";
import type { Guest } from "../../provider/kinds/guest/guest.resource";
import type { Image } from "../../provider/kinds/image/image.resource";
import { Bridge } from "../../provider/kinds/link/bridge.resource";
import { Probe } from "../../provider/kinds/probe/probe.resource";
import { derived } from "../lab/derived";
import { type GuestAccess, guestAccess, inventory, knownHosts, sshConfig } from "../lab/guest-access";
import { labGuest, labImage } from "../lab/lab-guest";
import { refuseWrong, registered, renamedFrom } from "../lab/registration";
import type { GatewayLabArgs } from "./args";
import { type GatewayLabMember, members, problemsIn } from "./members";

/**
 * The lab of the tutorial. A gateway guest has a NIC on the user-mode network, and a tap on a private bridge. It routes
 * and masquerades for the guests behind it. At the end, probes inside the guests test all connections.
 */
export class GatewayLab extends pulumi.ComponentResource {
  /** How to reach each guest, by its name in the lab. */
  readonly guests: pulumi.Output<Record<string, GuestAccess>>;
  /** A block for ~/.ssh/config: `pulumi stack output sshConfig >> ~/.ssh/config`. */
  readonly sshConfig: pulumi.Output<string>;
  /** An Ansible inventory in YAML. */
  readonly inventory: pulumi.Output<string>;
  /** Lines with the host keys: `pulumi stack output knownHosts >> ~/.ssh/known_hosts`. */
  readonly knownHosts: pulumi.Output<string>;
  /** The results of the probes: { "deb2 → deb3 ping": "ok", "deb2 → http": "200" }. */
  readonly proof: pulumi.Output<Record<string, string>>;
  /** The bridge of the private network. */
  readonly bridge: Bridge;
  /** The gateway guest. Use it as the `host` of a resource that configures something inside it. */
  readonly gateway: Guest;

  readonly #name: string;
  readonly #args: GatewayLabArgs;

  constructor(name: string, args: GatewayLabArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = problemsIn(args);
    super("kvm:index:GatewayLab", name, problems[0] ? {} : registered(args), renamedFrom("kvm:GatewayLab", opts));
    refuseWrong(problems, this);
    this.#name = name;
    this.#args = args;
    const [router, ...others] = members(args, this);
    const image = labImage(name, args, this);

    this.bridge = new Bridge(`${name}-lan`, { host: args.host }, { parent: this });
    this.gateway = this.#guest(router, image, []);
    const routing = this.#routing(this.gateway);
    const behind = others.map((member) => this.#guest(member, image, member.userData === undefined ? [] : routing));
    const machines = [this.gateway, ...behind];
    const proof = this.#proof([router, ...others], machines, routing);

    const sheets = [router, ...others].map((member, i) => [member.name, guestAccess(machines[i] as Guest)] as const);
    this.guests = pulumi.output(Object.fromEntries(sheets)) as pulumi.Output<Record<string, GuestAccess>>;
    this.sshConfig = sshConfig(this.guests, args.host);
    this.inventory = inventory(this.guests, args.host);
    this.knownHosts = knownHosts(this.guests, args.host);
    this.proof = pulumi.output(proof);
    this.registerOutputs({
      guests: this.guests,
      sshConfig: this.sshConfig,
      inventory: this.inventory,
      knownHosts: this.knownHosts,
      proof: this.proof,
    });
  }

  #guest(member: GatewayLabMember, image: Image, dependsOn: pulumi.Resource[]): Guest {
    return labGuest(this.#name, this.#args, member, { parent: this, image, bridge: this.bridge.name, dependsOn });
  }

  /** Ordinary resources inside the gateway, so that diff, drift and refresh work as for all others. */
  #routing(gateway: Guest): pulumi.Resource[] {
    const opts = { parent: this, deletedWith: gateway };
    const name = `${this.#name}-${this.#args.gateway?.name ?? "deb1"}`;
    return [
      new IpForwarding(`${name}-forwarding`, { host: gateway }, opts),
      new Masquerade(`${name}-nat`, { host: gateway, outInterface: "eth0" }, opts),
      new FirewallRule(`${name}-out`, { host: gateway, chain: "forward", inInterface: "eth1", action: "accept" }, opts),
      new FirewallRule(
        `${name}-back`,
        { host: gateway, chain: "forward", outInterface: "eth1", states: ["established", "related"], action: "accept" },
        opts,
      ),
    ];
  }

  /** Each guest behind the gateway pings every other guest, and fetches the page through the gateway. */
  #proof(
    all: GatewayLabMember[],
    machines: Guest[],
    routing: pulumi.Resource[],
  ): Record<string, pulumi.Output<string>> {
    const url = this.#args.probe?.url;
    const required = derived(this.#args.probe?.required, (given = true) => given);
    const proof: Record<string, pulumi.Output<string>> = {};
    const changes = (resources: pulumi.Resource[]) => resources.map((resource) => (resource as Guest).revision);
    all.slice(1).forEach((member, i) => {
      const from = machines[i + 1] as Guest;
      const opts = { parent: this, deletedWith: from, dependsOn: routing };
      all.forEach((other, j) => {
        if (other === member) return;
        const triggers = changes([this.bridge, from, machines[j] as Guest]);
        const ping = new Probe(
          `${this.#name}-${member.name}-${other.name}-ping`,
          { from, ping: other.address, required, triggers },
          opts,
        );
        proof[`${member.name} → ${other.name} ping`] = ping.result;
      });
      if (url === undefined) return;
      const triggers = changes([this.bridge, from, this.gateway, ...routing]);
      const http = new Probe(`${this.#name}-${member.name}-http`, { from, http: url, required, triggers }, opts);
      proof[`${member.name} → http`] = http.result;
    });
    return proof;
  }
}
