import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { lock } from "./lock";
import { type Progress, step } from "./progress";

export interface Recipe {
  /** What it is, for a person and as the file name's beginning. */
  name: string;
  /** The file name's end, for programs that look at it. */
  suffix?: string;
  /** Everything that the result depends on. */
  determinedBy: unknown;
  /** Makes it at this path, which does not exist yet, in a folder that is thrown away afterwards. */
  make(path: string, progress: Progress): Promise<void>;
}

/** The path of something that takes long to make: made once for the machine, whoever asks first. */
export async function cached(recipe: Recipe, progress: Progress): Promise<string> {
  const path = pathOf(recipe);
  if (!existsSync(path)) await makeOnce(recipe, path, progress);
  const now = new Date();
  await utimes(path, now, now); // see forgetOld
  return path;
}

/** Where it is, if it has been made. */
export function alreadyCached(recipe: Recipe): string | undefined {
  const path = pathOf(recipe);
  return existsSync(path) ? path : undefined;
}

/** Outside the checkout, so that a new clone finds what an older one made. */
function cacheFolder(): string {
  const { PULUMI_KVM_CACHE, XDG_CACHE_HOME } = process.env;
  return PULUMI_KVM_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-kvm");
}

async function makeOnce({ name, suffix = "", make }: Recipe, path: string, progress: Progress): Promise<void> {
  const held = await lock(path, () => progress(`${name}: another run is making it, waiting`));
  const workshop = `${path}.unfinished`;
  const result = join(workshop, `result${suffix}`);
  try {
    if (existsSync(path)) return;
    await rm(workshop, { recursive: true, force: true }); // whoever made it has died
    await mkdir(workshop, { recursive: true });
    await step(progress, `Making ${name} (once, then it is kept in ${cacheFolder()})`, () => make(result, progress));
    await rename(result, path);
    await forgetOld(name, path);
  } finally {
    await rm(workshop, { recursive: true, force: true });
    await held.release();
  }
}

// Recipes change, and what they made before is large: what has the same name and was not used for a month goes.
async function forgetOld(name: string, current: string): Promise<void> {
  const month = 30 * 24 * 3600 * 1000;
  const sameName = new RegExp(`^${name}-[0-9a-f]{12}(\\.|$)`);
  for (const entry of await readdir(cacheFolder())) {
    const path = join(cacheFolder(), entry);
    if (!sameName.test(entry) || entry === basename(current)) continue;
    if (Date.now() - (await stat(path)).mtimeMs > month) await rm(path, { recursive: true, force: true });
  }
}

function pathOf({ name, suffix = "", determinedBy }: Recipe): string {
  const key = createHash("sha256").update(JSON.stringify(determinedBy)).digest("hex").slice(0, 12);
  return join(cacheFolder(), `${name}-${key}${suffix}`);
}
