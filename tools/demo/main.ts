// npm run demo: creates a lab, tests it, shows it, and destroys it. See --help, and docs/getting-started.md.
import { onInterrupt } from "./interrupt";
import { help, readOptions, UsageError } from "./options";
import { type Options, type Pattern, patterns } from "./patterns";
import { server } from "./server";
import type { Site } from "./site";
import { openStack, type Stack } from "./stack";
import { announce, lastly, print, stage } from "./stage";
import { throwaway } from "./throwaway";
import { prepare } from "./tools";

async function demo(options: Options): Promise<void> {
  const { what, example, guest, onLan } = patterns[options.pattern] as Pattern;
  announce(
    `This creates ${what} on ${options.host ?? "a throwaway hypervisor"}. Ctrl-C stops it and removes everything.`,
  );
  const { path, image } = await prepare(options);
  const site = await (options.host === undefined
    ? throwaway(image, { guest, onLan })
    : server(options.host, image, guest));
  try {
    const stack = await openStack(example, site, path);
    await (options.destroy ? takeDown(stack, site) : buildAndShow(options, stack, site));
  } finally {
    await site.close();
  }
}

async function buildAndShow(options: Options, stack: Stack, site: Site): Promise<void> {
  const pattern = patterns[options.pattern];
  try {
    await stage("Setting up the stack", () => stack.configure(pattern.config(options, site)));
    await stage("pulumi up", (voice) => stack.run("up", voice));
  } catch (error) {
    await takeBack(stack, site);
    throw error;
  }
  const outputs = await stack.outputs();
  print(await pattern.show(outputs, site));
  await (options.keep ? site.keep(outputs) : takeDown(stack, site));
}

async function takeDown(stack: Stack, site: Site): Promise<void> {
  await stage("pulumi destroy", (voice) => stack.run("destroy", voice));
  const left = await stage(`Comparing ${site.name} with its state before the demo`, () => site.left());
  if (left.length > 0) throw new Error(`The demo left these on ${site.name}:\n${left.join("\n")}`);
  await stack.forget();
  print(`\n✔ The demo left nothing on ${site.name}: ${site.compared}.\n`);
}

/** Destroys a partial lab on a user's server. A throwaway hypervisor is deleted with its lab. */
async function takeBack(stack: Stack, site: Site): Promise<void> {
  if (site.throwaway) return;
  try {
    await lastly("Removing the partial lab: pulumi destroy", (voice) => stack.run("destroy", voice, { final: true }));
    await stack.forget();
  } catch {
    print(`"pulumi destroy" failed, so the stack still exists. Fix the cause, then run:\n  ${site.howToDestroy}`);
  }
}

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === undefined) print(help);
    else await demo(options);
    return 0;
  } catch (error) {
    print(`\n✖ ${explained(error)}`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    announce("Finished.");
  }
}

function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (process.env.PULUMI_KVM_DEBUG === "1" && error.stack) || error.message;
}

onInterrupt(() => print("\nStopping, and removing the lab. Press Ctrl-C again to exit now and leave the lab."));
void main().then((code) => process.exit(code));
