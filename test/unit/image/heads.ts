import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = resolve(__dirname, "../../../../test/fixtures/images");

/** The first kilobyte of a file that qemu-img 7.2 made: `qemu-img create -f FORMAT -o OPTIONS NAME 1M`. */
export function headOf(name: string): Buffer {
  return readFileSync(join(folder, name));
}
