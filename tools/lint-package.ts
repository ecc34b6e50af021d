import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { checkout } from "./checkout";

/**
 * Packs what is compiled, and lints the file: publint reads package.json, and attw resolves the types as each kind of
 * project does. `./provider` is left out, because no program imports it: only the text in a state does, through Node.
 */
async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "pulumi-kvm-lint-"));
  try {
    // Without `prepack`, which removes bin/.
    await execa("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: checkout });
    const [name = "none"] = await readdir(folder);
    const tarball = join(folder, name);
    const options = { cwd: checkout, preferLocal: true, reject: false, stdio: "inherit" } as const;
    const publint = await execa("publint", ["run", tarball, "--strict"], options);
    const attw = await execa("attw", [tarball, "--exclude-entrypoints", "provider", "--no-emoji"], options);
    return publint.exitCode || attw.exitCode || 0;
  } finally {
    await rm(folder, { recursive: true });
  }
}

void main().then((code) => {
  process.exitCode = code;
});
