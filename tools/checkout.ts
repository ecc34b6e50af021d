import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The checkout's folder. Compiled code runs from bin/, and looks for shell scripts beside the sources. */
export const checkout = above(__dirname);

function above(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : above(dirname(folder));
}
