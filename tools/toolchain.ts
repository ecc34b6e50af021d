import { constants } from "node:fs";
import { access, copyFile, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { alreadyCached, cached, type Recipe } from "./cache";
import { checkout } from "./checkout";
import { type Progress, silent } from "./progress";

export interface Toolchain {
  /** Goes before PATH: has pulumi, pulumi-language-nodejs, pulumi-resource-pulumi-nodejs and node 24. */
  path: string;
  source: "PATH" | "npm launcher" | "Go build";
  version: string;
}

/** The Pulumi CLI: the user's own, else what is here already, else a release, else built from its Go modules. */
export async function findToolchain(progress: Progress = silent): Promise<Toolchain> {
  const refused: string[] = [];
  for (const attempt of [fromPath, launcherIfHere, goBuildIfHere, fromLauncher, fromGoBuild]) {
    try {
      const found = await attempt(progress);
      if (found) return await complete(found, progress);
    } catch (error) {
      refused.push(`${attempt.name}: ${reason(error)}`);
    }
  }
  throw new Error(
    `Unable to find or make a Pulumi CLI. Install Pulumi, or Go ${await goVersion()} or newer. Tried:\n${refused.join("\n")}`,
  );
}

type Found = Pick<Toolchain, "source"> & { folders: string[] };

async function complete({ source, folders }: Found, progress: Progress): Promise<Toolchain> {
  const nodeFirst = [join(checkout, "node_modules/node/bin"), ...folders, sdk];
  const path = nodeFirst.join(delimiter);
  const env = { PATH: `${path}${delimiter}${process.env.PATH}`, PULUMI_SKIP_UPDATE_CHECK: "1" };
  const { stdout: version } = await execa("pulumi", ["version"], { env, timeout: 30_000 });
  progress(`Pulumi CLI ${version} (${source})`);
  return { path, source, version };
}

async function fromPath(): Promise<Found | undefined> {
  const folders = [await whereOnPath("pulumi"), await whereOnPath("pulumi-language-nodejs")];
  return folders.every((folder) => folder !== undefined) ? { source: "PATH", folders } : undefined;
}

// npm's scripts put node_modules/.bin on PATH, where a `pulumi` is the launcher: that may have to download first
async function whereOnPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    if (!folder.includes("node_modules") && (await isExecutable(join(folder, program)))) return folder;
  }
  return undefined;
}

const launcherVersion = "3.265.0";

const launcher: Recipe = {
  name: "pulumi-release",
  determinedBy: { version: launcherVersion, platform: process.platform, arch: process.arch },
  async make(path) {
    const env = { PULUMI_HOME: path, PULUMI_VERSION: launcherVersion };
    await execa("npm", ["exec", "--yes", `--package=pulumi@${launcherVersion}`, "--", "pulumi", "version"], {
      env,
      cwd: "/",
      timeout: 600_000,
    });
  },
};

function launcherIfHere(): Found | undefined {
  const path = alreadyCached(launcher);
  return path ? { source: "npm launcher", folders: [launched(path)] } : undefined;
}

async function fromLauncher(progress: Progress): Promise<Found> {
  // its own first step, with a time limit that it does not have: on a machine without a way out this says so at once
  const answer = await fetch("https://get.pulumi.com/install.sh", { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`the download is refused (${answer.status})`);
  return { source: "npm launcher", folders: [launched(await cached(launcher, progress))] };
}

const launched = (home: string) => join(home, "versions", launcherVersion, "bin");

const goModule = join(checkout, "tools/pulumi-cli");
const sdk = join(checkout, "node_modules/@pulumi/pulumi");
const dynamicProvider = "pulumi-resource-pulumi-nodejs";

async function goBuild(): Promise<Recipe> {
  const sums = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(join(goModule, file), "utf8")));
  return {
    name: "pulumi-go-build",
    determinedBy: { layout: 2, sums, platform: process.platform, arch: process.arch },
    async make(path) {
      const main = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
      const version = `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiVersion(sums.join())}`;
      const ldflags = `-s -w -X ${version}`;
      await execa("go", ["build", "-o", join(path, "pulumi"), "-ldflags", ldflags, main], { cwd: goModule });
      await bundle(path);
    },
  };
}

// What lies beside the CLI is taken without a word; from elsewhere on PATH it comes with a warning at every run.
async function bundle(folder: string): Promise<void> {
  const standIn = '#!/bin/sh\nexec stand-in-language-host "$@"\n'; // found on PATH: each checkout's own
  await writeFile(join(folder, "pulumi-language-nodejs"), standIn, { mode: 0o755 });
  await copyFile(join(sdk, dynamicProvider), join(folder, dynamicProvider));
}

async function goBuildIfHere(): Promise<Found | undefined> {
  const path = alreadyCached(await goBuild());
  return path ? built(path) : undefined;
}

async function fromGoBuild(progress: Progress): Promise<Found> {
  await execa("go", ["version"]);
  progress("Building the Pulumi CLI from its Go modules takes about 7 minutes");
  return built(await cached(await goBuild(), progress));
}

// a build has no language host: see the file's own first lines
const built = (path: string): Found => ({ source: "Go build", folders: [path, join(goModule, "language-host")] });

const pulumiVersion = (sums: string) => /pulumi\/pkg\/v3 v(\S+)/.exec(sums)?.[1] ?? "";
const goVersion = async () => /^go (\S+)/m.exec(await readFile(join(goModule, "go.mod"), "utf8"))?.[1];

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function reason(error: unknown): string {
  const { shortMessage, message, stderr } = error as { shortMessage?: string; message: string; stderr?: string };
  return [shortMessage ?? message, stderr?.split("\n").slice(-5).join("\n")].filter(Boolean).join("\n");
}
