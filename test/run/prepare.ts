// Makes what the machine keeps for the tests, before they need it. Otherwise a test that waits for it would time out.
//
//   node bin/test/run/prepare.js [SUPPLY …]   all of them without an argument
import { makeSupply, type Supply, supplies } from "./supplies";

async function main(names: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) return; // the tests that need root report it
  const wanted = names.length > 0 ? (names as Supply[]) : supplies;
  for (const supply of wanted) await makeSupply(supply, console.error);
}

void main(process.argv.slice(2));
