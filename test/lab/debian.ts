import { execa } from "execa";
import type { Progress } from "../../tools/progress";
import { ensurePackages } from "./packages";

export interface DebianTree {
  variant: "minbase" | "extract";
  packages: string[];
  /** Run on the tree, its path in $1, when the packages are in it. */
  finish?: string;
}

/** Everything in the lab is this Debian: the hypervisors, the guests' kernel, the guests' image. */
export const suite = "bookworm";

export async function makeDebianTree(folder: string, tree: DebianTree, progress: Progress): Promise<void> {
  await ensurePackages(progress);
  const { variant, packages, finish } = tree;
  const hooks = finish ? [`--customize-hook=${finish}`] : [];
  const options = ["--quiet", "--format=directory", `--variant=${variant}`, `--include=${packages.join(",")}`];
  await execa("mmdebstrap", [...options, ...hooks, suite, folder], { cwd: "/" });
}
