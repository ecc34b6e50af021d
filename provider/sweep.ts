import { z } from "zod";
import { disown, factsOf, remove } from "./converge";
import type { Fact } from "./facts/fact";
import { stateFolder } from "./facts/records";
import { json, word } from "./facts/reply";
import type { HostRef, Kind, Wanted } from "./kind";
import { kindOf, orderOf } from "./kinds";
import type { Manifest } from "./manifest";
import { tell } from "./printable";
import { sh } from "./shell";
import type { HostView } from "./snapshot";

/**
 * Takes away what still carries an owner's uid: what an interrupted run made and no state knows. Called when the
 * owner's Host goes, the last of all. Data stays: a disk that Pulumi was told to retain is in no state either.
 */
export async function sweep(view: HostView, host: HostRef): Promise<void> {
  const { leftovers } = await view.observeAnew({ leftovers: manifestsOf(host) });
  const inOrder = [...leftovers].sort((a, b) => orderOf(b.kind) - orderOf(a.kind));
  for (const { kind, want } of inOrder) {
    await sweepOne(view, kindOf(kind), { ...want, host } as unknown as Wanted);
  }
}

async function sweepOne(view: HostView, kind: Kind, want: Wanted): Promise<void> {
  const reason = kind.keeps?.(want, await view.observe(factsOf(kind, want)));
  if (reason === undefined) return void (await remove(view, kind, want));
  tell(`${kind.name} ${want.path} on ${want.host.name} stays there: ${reason}`);
  await disown(view, kind, want);
}

/** What a kind needs of each: whether the rest is as its schema has it may have been decided by an older version. */
const manifest = z.object({ kind: word, want: z.looseObject({ name: word, path: z.string() }) });

function manifestsOf(host: HostRef): Fact<Manifest[]> {
  return {
    name: "leftovers",
    command: sh`find ${`${stateFolder}/objects/${host.uid}`} -name '*.json' ! -name 'Host.*' -exec cat {} + 2>/dev/null || true`,
    parse: (output) =>
      output
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => json(line, manifest, "") as Manifest),
  };
}
