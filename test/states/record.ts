// Records states and hosts of this commit, for tests of later commits: see test/fixtures/states/README.md.
//
//   node bin/test/states/record.js FOLDER
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hosts } from "../e2e/site.js";
import { makeStack } from "../e2e/stack.js";
import { identityOf, recordedLab, recordedTower } from "./host.js";
import { type OldStack, oldStacks } from "./programs.js";

void main(process.argv[2] ?? "");

async function main(folder: string): Promise<void> {
  if (folder === "") throw new Error("Say where to: record.js FOLDER");
  for (const old of oldStacks) await record(old, join(folder, old.name));
}

async function record(old: OldStack, folder: string): Promise<void> {
  const lab = await recordedLab();
  try {
    const tower = await recordedTower(lab, old);
    await tower.exec("touch /run/recording");
    const stack = await makeStack({ folder: lab.folder, program: old.program, env: hosts(lab, tower) });
    const { code, output } = await stack.up();
    if (code !== 0) throw new Error(output);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "state.json"), `${JSON.stringify(await stack.exported(), null, 1)}\n`);
    await writeFile(join(folder, "identity.json"), `${JSON.stringify(await identityOf(tower), null, 1)}\n`);
    await writeFile(join(folder, "files.tar.gz.base64"), await tower.exec(archive));
    console.log(`${old.name}: ${output.split("\n").slice(-4).join(" ")}`);
  } finally {
    await lab.stop();
  }
}

/**
 * All files of the provider, and all other files that changed during the recording. A copied file may have an older
 * time.
 */
const archive = `cd /
  {
    find var/lib/pulumi-kvm -print0
    find etc -newer /run/recording '(' -type f -o -type l ')' ! -path 'etc/.pwd.lock' ! -path 'etc/resolv.conf' -print0
  } | sort -z >/run/recorded
  tar --create --gzip --sparse --no-recursion --null --files-from=/run/recorded | base64`;
