import type { ConfigFiles } from "../nic-config";

/**
 * The files of several folders, sorted by name. A name in one folder hides the same name in the folders after it.
 * @param folders each with a slash at its end
 */
export function inPrecedence(folders: readonly string[], suffix: string, files: ConfigFiles): string[] {
  const here = Object.keys(files).filter((path) => path.endsWith(suffix));
  const names = here.flatMap((path) =>
    folders.filter((one) => path.startsWith(one)).map((one) => path.slice(one.length)),
  );
  const own = [...new Set(names)].filter((name) => !name.includes("/")).sort();
  return own.flatMap((name) => folders.map((one) => one + name).find((path) => files[path]) ?? []);
}
