import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../tools/checkout";

const folder = join(checkout, "test/fixtures/images");

/** The first kilobyte of a file from qemu-img 7.2: `qemu-img create -f FORMAT -o OPTIONS NAME 1M`. */
export function headOf(name: string): Buffer {
  return readFileSync(join(folder, name));
}
