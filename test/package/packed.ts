import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { checkout } from "../../tools/checkout";

/** An empty folder on a machine where this checkout is not known. */
export interface Elsewhere {
  folder: string;
  /** The packed file, as `npm pack` names it. */
  tarball: string;
  /** Its content, in a folder where a program finds it as "pulumi-kvm". */
  unpacked: string;
  /** The environment of a person who has never used Pulumi. It has nothing of the npm that started the tests. */
  env: Record<string, string>;
  remove(): Promise<void>;
}

/**
 * Packs what is compiled now. The script `prepack` is left out, because it removes bin/, from which these tests run.
 */
export async function openElsewhere(): Promise<Elsewhere> {
  const folder = await mkdtemp(join(tmpdir(), "pulumi-kvm-package-"));
  const clone = join(folder, "pulumi-kvm");
  const modules = join(folder, "node_modules");
  for (const made of [clone, modules]) await mkdir(made);
  const env = newcomer();
  const { stdout } = await execa("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", clone], {
    ...{ cwd: checkout, env, extendEnv: false },
  });
  const tarball = join(clone, /"filename": "([^"]+)"/.exec(stdout)?.[1] ?? "no file");
  await execa("tar", ["-xzf", tarball, "-C", folder]);
  const unpacked = join(modules, "pulumi-kvm");
  await execa("mv", [join(folder, "package"), unpacked]);
  return { folder, tarball, unpacked, env, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The person's npm keeps its registry, certificates and cache. That cache has what `npm ci` fetched for this checkout. */
function newcomer(): Record<string, string> {
  const ofTheseTests =
    /^(PULUMI_|NODE_COMPILE_CACHE$|INIT_CWD$|npm_(package|lifecycle|command|execpath|config_(local_)?prefix))/;
  const own = Object.entries(process.env).filter(([name]) => !ofTheseTests.test(name));
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    PATH: [join(checkout, "node_modules/node/bin"), process.env.PATH].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "1",
    npm_config_prefer_offline: "true",
    npm_config_update_notifier: "false",
    npm_config_audit: "false",
  };
}
