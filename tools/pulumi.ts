// node bin/tools/pulumi.js ARGUMENT…: the Pulumi CLI, wherever it comes from.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter } from "node:path";
import { findToolchain } from "./toolchain";

async function main(): Promise<void> {
  const { path } = await findToolchain(console.error);
  const env = { ...process.env, PATH: `${path}${delimiter}${process.env.PATH}` };
  const child = spawn("pulumi", process.argv.slice(2), { stdio: "inherit", env });
  process.on("SIGINT", () => {}); // the terminal gives it to pulumi too, which then takes its time to end well
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
}

void main();
