import { z } from "zod";
import { Refused } from "../core/errors";
import type { Fact } from "../core/fact";
import type { HostRef, Kind, Wanted } from "../core/kind";
import { tell } from "../core/printable";
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
  const sweepAll = async (manifests: readonly Manifest[], onRefusal: (manifest: Manifest, error: unknown) => void) => {
    for (const manifest of manifests) {
      const want = { ...manifest.want, host } as unknown as Wanted;
      await sweepOne(view, kindOf(manifest.kind), want).catch((error) => onRefusal(manifest, error));
    }
  };
  await sweepAll(inOrder, (manifest, error) => {
    if (!(error instanceof Refused)) throw error;
    refused.push(manifest);
  });
  // A second try, because an object of the first one may have been in the way.
  await sweepAll(refused, (_manifest, error) => {
    throw error;
  });
}

async function sweepOne(view: HostView, kind: Kind, want: Wanted): Promise<void> {
  const reason = kind.retainReason?.(want, await view.observe(factsOf(kind, want)));
  if (reason === undefined) return void (await remove(view, kind, want));
  tell(`${kind.name} ${want.path} on ${want.host.name} stays there: ${reason}`);
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
