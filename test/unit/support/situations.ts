import type { Fact } from "../../../provider/core/fact";
import type { Kind, Wanted } from "../../../provider/core/kind";
import { text } from "../../../provider/core/shell";
import { kindOf, kinds } from "../../../provider/kinds";
import { viewOf } from "../../../provider/reconcile/host-view";
import { ensure, factsOf } from "../../../provider/reconcile/reconcile";
import { cases } from "../../contract/cases";
import { fakeMachine } from "../../fake/machine";
import { transportTo } from "../../fake/transport";
import { recordedFor } from "./facts";
import { checked, tower } from "./given";

/** The facts of a kind, and the replies of real and fake hosts to them. */
export interface Situation {
  kind: Kind;
  want: Wanted;
  asked: { key: string; fact: Fact<unknown>; replies: string[] }[];
}

/** More cases than the contract tests have: these show more of a host in their outputs. */
const more: [kind: string, args: Record<string, unknown>][] = [
  ["Guest", { name: "web", nics: [{ tap: "t1" }], disks: ["d1"], waitFor: { ssh: true, cloudInit: true } }],
  ["Route", { destination: "default", gateway: "192.0.2.1" }],
  ["Masquerade", { source: "192.168.50.0/24" }],
];

export async function allSituations(): Promise<Situation[]> {
  const situations: Situation[] = [];
  for (const { name } of kinds) situations.push(await situationOf(kindOf(name), cases[name]?.args ?? {}));
  for (const [name, args] of more) situations.push(await situationOf(kindOf(name), args));
  return situations;
}

async function situationOf(kind: Kind, args: Record<string, unknown>): Promise<Situation> {
  const machine = fakeMachine();
  const transport = transportTo(machine);
  machine.write("/proc/sys/net/ipv4/ip_forward", "0\n");
  cases[kind.name]?.seed?.(machine);
  const want = checked(kind.name, "lab/web", args);
  if (args === cases[kind.name]?.args)
    await ensure(
      viewOf(tower, async () => transport),
      kind,
      want,
    );
  const asked = Object.entries(factsOf(kind, want)).map(async ([key, fact]) => {
    const { stdout } = await machine.run(`set -eu\n${text(fact.command)}\n`);
    return { key, fact, replies: [stdout, ...recordedFor(fact)] };
  });
  const situation = { kind, want, asked: await Promise.all(asked) };
  machine.remove();
  return situation;
}
