import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../tools/checkout";

const folder = join(checkout, "test/fixtures/images");

/** The first kilobyte of a file that qemu-img 7.2 made: `qemu-img create -f FORMAT -o OPTIONS NAME 1M`. */
export function headOf(name: string): Buffer {
  return readFileSync(join(folder, name));
}
