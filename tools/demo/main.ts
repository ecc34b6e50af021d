// npm run demo: a whole lab, from nothing to the proof and back to nothing. See --help, and docs/getting-started.md.
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
  announce(`This builds ${what} on ${options.host ?? "a throwaway hypervisor"}. Ctrl-C ends it and leaves nothing.`);
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
  const left = await stage(`Looking for what is left on ${site.name}`, () => site.left());
  if (left.length > 0) throw new Error(`This was not on ${site.name} before:\n${left.join("\n")}`);
  await stack.forget();
  print(`\n✔ Nothing is left on ${site.name}: ${site.compared}.\n`);
}

/** Of a lab on somebody's server nothing stays behind that came to be in part; a throwaway one goes with its server. */
async function takeBack(stack: Stack, site: Site): Promise<void> {
  if (site.throwaway) return;
  try {
    await lastly("Taking back what was made: pulumi destroy", (voice) => stack.run("destroy", voice, { final: true }));
    await stack.forget();
  } catch {
    print(`It could not be taken back, and the stack is kept. Mend the cause, then:\n  ${site.howToDestroy}`);
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
    announce("The end.");
  }
}

function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (process.env.PULUMI_KVM_DEBUG === "1" && error.stack) || error.message;
}

onInterrupt(() => print("\nEnding what was started. Ctrl-C once more leaves everything as it is."));
void main().then((code) => process.exit(code));
