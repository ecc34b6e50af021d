import { access, constants, stat } from "node:fs/promises";
import { argumentErrors } from "../core/argument-errors";
import type { Kind, Wanted } from "../core/kind";
import { isUnknown } from "../core/unknown";

/**
 * Errors of local files that a resource is made from, in preview too. Looks only at a new source: a file that an earlier
 * run uploaded need not exist any more.
 */
export async function missingFiles(kind: Kind, olds: Record<string, unknown>, news: Record<string, unknown>) {
  const files = Object.entries(kind.localFiles?.(news as unknown as Wanted) ?? {}).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !isUnknown(news[entry[0]]) && olds[entry[0]] !== news[entry[0]],
  );
  const problems = await Promise.all(
    files.map(async ([argument, path]) => [argument, path, await problem(path)] as const),
  );
  return problems
    .filter(([, , why]) => why !== undefined)
    .map(([argument, path, why]) => argumentErrors.localFile(`${argument}: ${path} ${why}`));
}

async function problem(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return "is not a file";
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}
