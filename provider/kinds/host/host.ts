import { z } from "zod";
import { unseen } from "../../core/actual";
import { kind, type Plan, refuse, run, steps, type Wanted, wanted } from "../../core/kind";
import { newUid } from "../../core/names";
import { type Sh, sh } from "../../core/shell";
import { records } from "../../host-state/records.fact";
import { hostErrors, lacks } from "./errors";
import { noOwnerPlan } from "./forget-owner";
import { type Inner, type Machine, machine, missingTools, packageFor, qemuOf } from "./machine.fact";
import { machineId } from "./machine-id.fact";

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
function visible(machine: Machine): Omit<Machine, Inner> {
  const { groups: _1, libexecQemu: _2, userNetwork: _3, opensTaps: _4, dnf: _5, ...facts } = machine;
  return facts;
}
