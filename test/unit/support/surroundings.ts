import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { closeTransports } from "../../../provider/transport/pool";

/** An own home for every test of a suite, without an agent and our variables. A test reads only what it wrote. */
export interface Surroundings {
  readonly home: string;
  /** Writes a file under the home and returns its path. */
  write(path: string, text: string | Buffer): string;
}

export function ownSurroundings(): Surroundings {
  let home = "";
  let saved: NodeJS.ProcessEnv = {};
  beforeEach(() => {
    saved = { ...process.env };
    home = mkdtempSync(join(tmpdir(), "pulumi-kvm-transport-"));
    process.env.HOME = home;
    for (const name of Object.keys(process.env)) {
      if (name.startsWith("PULUMI_KVM_") || name === "SSH_AUTH_SOCK") delete process.env[name];
    }
  });
  afterEach(() => {
    closeTransports();
    restore(saved);
    rmSync(home, { recursive: true, force: true });
  });
  return {
    get home() {
      return home;
    },
    write: (path, text) => {
      const file = join(home, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
  };
}

/** Restores in place: os.homedir() and children would not see another object. */
function restore(saved: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
  Object.assign(process.env, saved);
}
