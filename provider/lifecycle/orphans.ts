import { z } from "zod";
import { Refused } from "../core/errors";
import type { Fact } from "../core/fact";
import type { HostRef } from "../core/host-ref";
import type { Wanted } from "../core/kind";
import { tell } from "../core/printable";
import { coded } from "../core/problem";
import { json, word } from "../core/reply";
import { sh } from "../core/shell";
import type { Manifest } from "../host-state/manifest";
import { stateFolder } from "../host-state/paths";
import { kindOf, orderOf } from "../kinds";
import type { HostView } from "../reconcile/host-view";
import { disown, factsOf, remove } from "../reconcile/reconcile";

/**
 * Deletes objects that still have an owner's mark although no state knows them, because a run was interrupted. Runs when
 * the owner's Host is deleted, after all other resources. Disks with `retainOnDelete` stay: they are in no state either.
 */
export async function sweepOrphans(view: HostView, host: HostRef): Promise<void> {
  const { leftovers } = await view.observeAnew({ leftovers: manifestsOf(host) });
  const inOrder = [...leftovers].sort((a, b) => orderOf(b.kind) - orderOf(a.kind));
  const refused: Manifest[] = [];
  for (const leftover of inOrder)
    await sweepOne(view, host, leftover).catch((error) => {
      if (!(error instanceof Refused)) throw error;
      refused.push(leftover);
    });
  // The object that was in the way of these may be gone now.
  for (const leftover of refused) await sweepOne(view, host, leftover);
}

async function sweepOne(view: HostView, host: HostRef, leftover: Manifest): Promise<void> {
  const kind = kindOf(leftover.kind);
  const want = { ...leftover.want, host } as unknown as Wanted;
  const retained = kind.retainReason?.(want, await view.observe(factsOf(kind, want)));
  if (!retained) return void (await remove(view, kind, want));
  tell(`${kind.name} ${want.path} on ${want.host.name}: ${coded(retained)}`);
  await disown(view, kind, want);
}

/** What every manifest must have. The rest may be by the schema of an older version. */
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
