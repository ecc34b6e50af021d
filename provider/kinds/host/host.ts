import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { shortPin } from "../../core/host-key-pin";
import { type Carrier, type HostRef, kind, type Plan, refuse, run, steps, type Wanted, wanted } from "../../core/kind";
import { newUid } from "../../core/names";
import { type HasRef, type Inputs, Resource } from "../../core/resource";
import { type Sh, sh } from "../../core/shell";
import { records } from "../../host-state/records.fact";
import { hostErrors, lacks } from "./errors";
import { noOwnerPlan } from "./forget-owner";
import { type Inner, type Machine, machine, missingTools, packageFor, qemuOf } from "./machine.fact";
import { machineId } from "./machine-id.fact";

/** Arguments of a Host: a Linux machine that the provider reaches over SSH. */
export interface HostArgs {
  /** Alias in ~/.ssh/config, or key in PULUMI_KVM_HOSTS. @default the resource's name */
  name?: string;
  /**
   * DNS name or IP address. "local" is the machine that runs Pulumi, without SSH.
   * @default from ~/.ssh/config, else the name
   */
  address?: string;
  /** Port of the SSH server. @default from ~/.ssh/config, else 22 */
  port?: number;
  /** User that logs in. @default from ~/.ssh/config, else the user who runs Pulumi */
  user?: string;
  /**
   * Expected host key, as `ssh-ed25519 AAAA…` or `SHA256:…`.
   * @default known_hosts decides, and the provider pins that key
   */
  hostKey?: string;
  /** Jump host. @default ProxyJump of ~/.ssh/config */
  jump?: { name: string; address?: string; port?: number; user?: string; hostKey?: string };
  /**
   * Run commands through sudo. A password, if needed, comes from PULUMI_KVM_SUDO_PASSWORD.
   * @default true unless the user is root
   */
  sudo?: boolean;
  /**
   * "check" reports missing commands as an error. "install" installs their packages with apt-get or dnf.
   * @default "check"
   */
  packages?: "check" | "install";
}

/** Arguments of a Host that is a guest: see Guest.host. */
export interface HostInGuest {
  name: string;
  address: string;
  user: string;
  hostKey: string;
  carrier: Carrier;
}

const schema = z.strictObject({ ...wanted, packages: z.enum(["check", "install"]) });

type Want = z.infer<typeof schema> & Wanted;

/** Commands that every host must have. */
const needed = ["ip", "flock", "systemctl", "sha256sum"];

/** Further commands of a hypervisor. Only packages: "install" installs them. */
const equipment = ["iptables", "qemu-img", "curl", "ssh-keygen", "socat"];

export const host = kind<Want, { machine: typeof machine; machineId: typeof machineId; records: typeof records }>({
  name: "Host",
  schema,
  defaults: { packages: "check" },
  derive: (given, known) => ({
    name: given.host.name,
    host: { ...given.host, uid: known.host?.uid ?? newUid() },
  }),
  impact: { packages: "live" },
  facts: () => ({ machine, machineId, records }),
  noManifest: true,
  plan: (want, { machine }) => provide(want, machine),
  absent: (want, { records }) => noOwnerPlan(want.host, records),
  // A machine that answers exists. host-presence.ts checks beforehand that it is the same machine.
  actual: () => ({}),
  outputs: (_want, { machine, machineId, connection }) => {
    return { machineId, facts: visible(machine), pinnedKey: connection.hostKey };
  },
});

/** A Linux machine on which the stack creates objects: a hypervisor, or a guest such as a router. */
export class Host extends Resource implements HasRef {
  /** Facts about the machine: distribution, kernel, architecture, installed tools, and whether KVM is usable. */
  declare readonly facts: pulumi.Output<Omit<Machine, Inner>>;
  /** The machine-id(5) of the host. Another one means that the machine was reinstalled or replaced. */
  declare readonly machineId: pulumi.Output<string>;
  /** Host key at the time of creation. From then on, the provider accepts no other key. */
  declare readonly pinnedKey: pulumi.Output<string>;
  /** How to reach the host, and the owner of all objects that the stack has on it. */
  declare readonly host: pulumi.Output<HostRef>;
  constructor(name: string, args: Inputs<HostArgs> | Inputs<HostInGuest> = {}, opts?: pulumi.CustomResourceOptions) {
    const { packages, ...host } = args as Inputs<HostArgs>;
    const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
    const props = { host: { name, stack, ...host }, ...(packages !== undefined && { packages }) };
    super("Host", name, props, ["facts", "machineId", "pinnedKey"], opts);
  }

  /** The reference that other resources use. In a preview, each field that is known stays known. */
  get ref(): Inputs<HostRef> {
    const field = <K extends keyof HostRef>(key: K) => this.host.apply((host) => host?.[key]);
    const fields = ["name", "address", "port", "user", "sudo", "jump", "carrier", "uid", "stack"] as const;
    const known = Object.fromEntries(fields.map((key) => [key, field(key)]));
    const [hostKey, machineId] = [
      this.pinnedKey.apply((key) => shortPin(key ?? "")),
      this.machineId.apply((id) => id?.slice(0, 12)),
    ];
    return { ...known, hostKey, machineId } as unknown as Inputs<HostRef>;
  }
}

function provide(want: Want, machine: Machine): Plan {
  if (want.packages !== "install") {
    const missing = missingTools(machine, needed);
    const remedy = 'Install the package, or set packages: "install" on the Host';
    return missing.length > 0 ? [refuse(lacks(missing, remedy))] : [];
  }
  const wished = [...needed, ...equipment, ...(machine.libexecQemu ? [] : [qemuOf(machine)])];
  const missing = wished.filter((tool) => !machine.tools.includes(tool));
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map((tool) => packageFor(tool, machine)))];
  const command = installing(machine, packages);
  if (!command) {
    const named = missingTools(machine, missing).join(", ");
    const text = `the host does not have ${named}, and it has neither apt-get nor dnf. Install the packages by hand`;
    return [refuse(hostErrors.noPackageManager(text))];
  }
  return steps(run(`install ${packages.join(", ")}`, command, hostErrors.notInstalled));
}

function installing({ tools, dnf }: Machine, packages: string[]): Sh | undefined {
  if (dnf) return sh`dnf install -y -q --setopt=install_weak_deps=False ${packages}`;
  if (!tools.includes("apt-get")) return undefined;
  const install = sh`DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends ${packages}`;
  // The host may have ended an installation at a time limit. Then dpkg must finish it first.
  const goOn = sh`DEBIAN_FRONTEND=noninteractive dpkg --configure -a || :`;
  return sh`${install} || { ${goOn}; apt-get update -q && ${install}; }`;
}

/** Leaves out facts that an older release did not observe: they would show as drift of its Hosts. */
function visible(machine: Machine): Omit<Machine, Inner> {
  const { groups: _1, libexecQemu: _2, userNetwork: _3, opensTaps: _4, dnf: _5, ...facts } = machine;
  return facts;
}
