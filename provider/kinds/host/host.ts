import { z } from "zod";
import { unseen } from "../../core/actual";
import { endpoint, kind, type Plan, refuse, run, steps, type Wanted, wanted } from "../../core/kind";
import { newUid } from "../../core/names";
import { type Sh, sh } from "../../core/shell";
import { records } from "../../host-state/records.fact";
import { hostErrors, lacks } from "./errors";
import { noOwnerPlan } from "./forget-owner";
import type { HostFacts } from "./host-facts";
import { type Machine, machine, missingTools, packageFor, qemuOf } from "./machine.fact";
import { machineId } from "./machine-id.fact";

const schema = z.strictObject({
  ...wanted,
  /** Data that other resources need: how to reach the host, and the id of this stack on the host. */
  host: wanted.host,
  /** @internal */
  name: z.string(),
  /**
   * "check" reports missing commands as an error. "install" installs their packages with apt-get or dnf.
   */
  packages: z.enum(["check", "install"]),
});

type Want = z.infer<typeof schema> & Wanted;

const { name, address, port, user, hostKey, sudo } = endpoint;

/** A host between this machine and the host. */
const jumpHost = z.strictObject({
  /** Alias in ~/.ssh/config, or name of the host in PULUMI_KVM_HOSTS. */
  name,
  /** DNS name or IP address. @default from ~/.ssh/config, else the name */
  address,
  /** Port of the SSH server. @default from ~/.ssh/config, else 22 */
  port,
  /** User that logs in. @default from ~/.ssh/config, else the user who runs Pulumi */
  user,
  /** Expected host key, as `ssh-ed25519 AAAA…` or `SHA256:…`. @default a key from known_hosts */
  hostKey,
});

/** Arguments of a Host: a Linux machine that the provider reaches over SSH. */
const args = z.strictObject({
  /** Alias in ~/.ssh/config, or name of the host in PULUMI_KVM_HOSTS. @default the resource's name */
  name,
  /**
   * DNS name or IP address. "local" is the machine that runs Pulumi, without SSH.
   * @default from ~/.ssh/config, else the name
   */
  address,
  /** Port of the SSH server. @default from ~/.ssh/config, else 22 */
  port,
  /** User that logs in. @default from ~/.ssh/config, else the user who runs Pulumi */
  user,
  /**
   * Expected host key, as `ssh-ed25519 AAAA…` or `SHA256:…`.
   * @default a key from known_hosts. The provider then pins this key
   */
  hostKey,
  /** Jump host. @default ProxyJump of ~/.ssh/config */
  jump: jumpHost.optional(),
  /**
   * Whether commands run through sudo. If sudo asks for a password, set PULUMI_KVM_SUDO_PASSWORD in the environment.
   * @default false for root, else true
   */
  sudo,
  packages: schema.shape.packages,
});

interface Outputs {
  /** Facts about the machine: distribution, kernel, architecture, installed tools, and whether KVM is usable. */
  facts: HostFacts;
  /** The machine-id(5) of the host. A different id means that the machine was reinstalled or replaced. */
  machineId: string;
  /** Host key at the time of creation. From then on, the provider accepts no other key. */
  pinnedKey: string;
}

/** Commands that every host must have. */
const needed = ["ip", "flock", "systemctl", "sha256sum"];

/** Further commands of a hypervisor. Only packages: "install" installs them. */
const equipment = ["iptables", "qemu-img", "curl", "ssh-keygen", "socat"];

type Facts = { machine: typeof machine; machineId: typeof machineId; records: typeof records };

/**
 * A Linux machine on which the stack creates objects: a hypervisor, or a guest such as a router.
 * @example
 * const host = new kvm.Host("tower", { address: "tower.example.net", user: "lab" });
 */
export const host = kind<Want, Facts, Outputs>({
  name: "Host",
  schema,
  args,
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
  actual: () => ({ packages: unseen }),
  outputs: (_want, { machine, machineId, connection }) => {
    return { machineId, facts: visible(machine), pinnedKey: connection.hostKey };
  },
});

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
function visible(machine: Machine): HostFacts {
  const { groups: _1, libexecQemu: _2, userNetwork: _3, opensTaps: _4, dnf: _5, ...facts } = machine;
  return facts;
}
