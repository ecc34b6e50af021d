import { execa } from "execa";
import type { Progress } from "../../tools/progress";
import { ensurePackages } from "./packages";

export interface DebianTree {
  variant: "minbase" | "extract";
  packages: string[];
  /** Run on the tree, its path in $1, when the packages are in it. */
  finish?: string;
}

/** Debian's releases that are tried, by their numbers, and the names that its archive has for them. */
export const codenames = { 11: "bullseye", 12: "bookworm", 13: "trixie" } as const;

export type Release = keyof typeof codenames;

/** What a hypervisor or a guest is when a test does not say it. */
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
