import { execa } from "execa";
import type { Progress } from "../../tools/progress";
import { ensurePackages } from "./packages";

export interface DebianTree {
  variant: "minbase" | "extract";
  packages: string[];
  /** Shell that runs after the packages are installed. $1 is the path of the tree. */
  finish?: string;
}

/** The Debian releases of the tests: numbers, and their names in the archive. */
export const codenames = { 11: "bullseye", 12: "bookworm", 13: "trixie" } as const;

export type Release = keyof typeof codenames;

/** The default release of a hypervisor or a guest. */
export const stable: Release = 13;

export async function makeDebianTree(
  folder: string,
  release: Release,
  tree: DebianTree,
  progress: Progress,
): Promise<void> {
  await ensurePackages(progress);
  const { variant, packages, finish } = tree;
  const hooks = finish ? [`--customize-hook=${finish}`] : [];
  const options = ["--quiet", "--format=directory", `--variant=${variant}`, `--include=${packages.join(",")}`];
  await execa("mmdebstrap", [...options, ...hooks, codenames[release], folder], { cwd: "/" });
}
