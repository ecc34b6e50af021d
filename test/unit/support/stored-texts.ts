import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kind, Wanted } from "../../../provider/core/kind";
import { text } from "../../../provider/core/shell";
import { type HostView, type Seen, viewOf } from "../../../provider/reconcile/host-view";
import { ensure, factsOf, presentPlan } from "../../../provider/reconcile/reconcile";
import { cases } from "../../contract/cases";
import { type FakeMachine, fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { fixturePath, updateText } from "./fixtures";
import { checked, type Given, tower } from "./given";

/**
 * The text that we store on hosts, in classes. A host keeps it until the resource changes, however often its owner updates
 * pulumi-kvm. So each text has golden files, one for each version: test/fixtures/stored/<class>/<text>/<version>.txt. The
 * highest version is the present text. See docs/adr/043.
 */
export interface StoredClass {
  title: string;
  /** The paths on a host. The groups tell the texts of the class apart. */
  path: RegExp;
  /** What a host with the earlier text does, and what a change needs. Absent for data, which has no golden file. */
  onChange?: string;
}

const state = "/var/lib/pulumi-kvm";
const units = "/etc/systemd/system";

export const storedClasses: readonly StoredClass[] = [
  {
    title: "boot-script",
    path: /^\/etc\/pulumi-kvm\/boot\.d\/\d+-(\w+)\.(\w+)\./,
    onChange:
      "A host keeps its boot script until the resource changes, and each refresh compares the script. Without a migration, every such resource of every user would show persistent: false. Keep the code that wrote the earlier text, and return its steps from earlierBoot, as provider/kinds/link/bridge.ts does",
  },
  {
    title: "boot-unit",
    path: new RegExp(`^${units}/(pulumi-kvm-boot(?:-again)?)\\.service$`),
    onChange:
      "The next change of a persistent resource on the host writes the new unit. Until then the host runs all boot scripts, also new ones, with the earlier unit",
  },
  {
    title: "guest",
    path: new RegExp(`^${state}/guests/(\\w+)/(start)$`),
    onChange:
      "The next update of a Guest restarts QEMU when it runs from a start script that is not listed. Keep the earlier text, and add it to `earlier` in provider/kinds/guest/guest-plan.ts, as firstStartScript. Then guests keep running, and their next start uses the new script",
  },
  {
    title: "guest",
    path: new RegExp(`^${state}/guests/(\\w+)/(prepare|launch|stop|cleanup|connect)$`),
    onChange:
      "A guest keeps running. Its next update writes the new script, and its next start or stop uses it. So the scripts must work in a guest that the earlier ones started",
  },
  {
    title: "guest",
    path: new RegExp(`^${units}/pulumi-kvm-guest@(\\w+)\\.(service)$`),
    onChange: "A guest keeps running. Its next update writes the new unit, and its next start uses it",
  },
  {
    title: "network-change",
    path: new RegExp(`^${state}/change(?:/|\\.(boot)/)(?:nics/\\w+/)?([\\w-]+)\\.sh$`),
    onChange:
      "A host that has not booted since a change of its network keeps the earlier text. A new version must be able to confirm, judge and roll back a change that an earlier one began",
  },
  {
    title: "network-change",
    path: new RegExp(`^${units}/pulumi-kvm-(guard|first-boot)\\.service$`),
    onChange:
      "A host that has not booted since a change of its network keeps the earlier unit, with the earlier scripts",
  },
  {
    title: "rules",
    path: new RegExp(`^${state}/shared/firewall/\\d+-(\\w+)\\.(\\w+)\\.`),
    onChange:
      "Each refresh compares the file of a rule. Without a migration, every rule of every user would show as deleted. Accept the earlier text in isRecorded of provider/kinds/firewall/rule-set.ts",
  },
  {
    title: "reference-count",
    path: new RegExp(`^${state}/shared/(sysctl|routes)/(.+?)(?:/\\w+\\.(\\w+)|/(original))?$`),
    onChange:
      "Other stacks and the boot scripts of earlier versions read and write the same files. Both forms must work for all of them",
  },
  {
    title: "record",
    path: new RegExp(`^${state}/objects/\\w+/(Tap)\\.usual\\.json$`),
    onChange:
      "The next update writes the new manifest. Until then, a refresh cannot compare the boot script, and a sweep reads the earlier manifest",
  },
  {
    title: "record",
    path: new RegExp(`^${state}/(owner)s/\\w+\\.json$`),
    onChange: "A host keeps the record as long as the stack has objects there. Every version must read it",
  },
  {
    title: "record",
    path: new RegExp(`^${state}/nics/\\w+/(origin)\\.json$`),
    onChange: "A host keeps the record as long as the PublicBridge exists. Every version must restore the NIC from it",
  },
  // test/fixtures/backends pins the files of network managers.
  { title: "network", path: /^\/etc\/(systemd\/network|network|netplan|NetworkManager|sysconfig)\// },
  { title: "manifest", path: new RegExp(`^${state}/objects/\\w+/\\w+\\.\\w+\\.json$`) },
  { title: "key", path: new RegExp(`^${state}/owners/\\w+\\.key(\\.pub)?$`) },
  { title: "data of a guest", path: new RegExp(`^${state}/guests/\\w+/(user|seed\\.base64)$`) },
  { title: "data of images and disks", path: new RegExp(`^${state}/(images|disks)/`) },
  { title: "data of a network change", path: new RegExp(`^${state}/(change[^/]*|nics/\\w+/old)/`) },
];

/** A resource whose texts have golden files. */
export interface Sample {
  kind: Kind;
  want: Wanted;
}

/** Further resources, whose texts have parts that the others do not have. */
const special: Readonly<Record<string, Readonly<Record<string, Given>>>> = {
  Masquerade: { nftables: { source: "192.168.50.0/24", backend: "nftables" } },
};

/** The resource of the test data, with the name "usual", one with all arguments, and the special ones. */
export function samplesOf(kind: Kind): Sample[] {
  const { args, examples } = cases[kind.name] ?? { args: {}, examples: [] };
  const isStored = kind.boot !== undefined || kind.name === "Guest";
  const all = { usual: args, ...(isStored && { full: examples[0] ?? {} }), ...special[kind.name] };
  return Object.entries(all).map(([name, args]) => {
    // The Host has no name of its own. Other kinds may derive another name.
    const want = checked<Wanted>(kind.name, `lab/${name}`, args);
    return { kind, want: kind.name === "Host" ? want : { ...want, name } };
  });
}

/**
 * The files on a host after the resource was made, by path, and those that were there for a moment. Without what was there
 * before.
 */
export async function filesOf({ kind, want }: Sample): Promise<ReadonlyMap<string, string>> {
  const machine = hostFor(kind);
  const seeded = new Set(["etc", state.slice(1)].flatMap((folder) => machine.files(folder)));
  const found = new Map<string, string>();
  const look = () => {
    for (const path of ["etc", state.slice(1)].flatMap((folder) => machine.files(folder)))
      if (!seeded.has(path) && !/\/\.[^/]+$/.test(path)) found.set(path, machine.read(path));
  };
  const view = viewOf(tower, async () => Object.assign(transportTo(machine), { before: look }));
  // The others may need more than the fake host has, such as nft. So each step runs, whether or not the others succeed.
  await (want.name === "usual" ? ensure(view, kind, want) : runSteps(machine, view, kind, want));
  look();
  machine.remove();
  return found;
}

async function runSteps(machine: FakeMachine, view: HostView, kind: Kind, want: Wanted): Promise<void> {
  const plan = presentPlan(kind, want, await view.observe(factsOf(kind, want)));
  for (const step of plan) if (step.does === "run") await machine.run(`set -eu\n${text(step.command)}\n`);
}

/** The facts of the resource on a host without it. */
export async function factsWithout({ kind, want }: Sample): Promise<Seen> {
  const machine = hostFor(kind);
  const seen = await viewOf(tower, async () => transportTo(machine)).observeAnew(factsOf(kind, want));
  machine.remove();
  return seen;
}

function hostFor(kind: Kind): FakeMachine {
  const machine = fakeMachine();
  machine.write("/proc/sys/net/ipv6/conf/all/forwarding", "0\n");
  cases[kind.name]?.seed?.(machine);
  return machine;
}

/** The name of the text in test/fixtures/stored. */
export function nameOf({ title }: StoredClass, groups: readonly (string | undefined)[]): string {
  return [title, ...groups.flatMap((group) => group?.replaceAll("/", ".") ?? [])].join("/");
}

/** The golden texts, the first version first. */
export function versionsOf(name: string): string[] {
  const folder = fixturePath(`stored/${name}`);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".txt")) : [];
  const numbers = files.map((file) => Number.parseInt(file, 10)).sort((a, b) => a - b);
  return numbers.map((version) => readFileSync(join(folder, `${version}.txt`), "utf8"));
}

export function addVersion(name: string, text: string): void {
  updateText(fixturePath(`stored/${name}/${versionsOf(name).length + 1}.txt`), text);
}
