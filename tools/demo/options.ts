import { parseArgs } from "node:util";
import type { Options } from "./patterns";
import { type PatternName, patterns } from "./patterns";

/** The command line is wrong. The text says what is wrong, and names --help. */
export class UsageError extends Error {}

export const help = `npm run demo -- [PATTERN] [OPTION…]

Creates a lab with "pulumi up", tests its network, and destroys it.
Patterns: ${Object.keys(patterns).join(", ")}. The default is the first one.
Without --host, the demo creates a throwaway hypervisor on this machine. This needs root on Debian.

  --host USER@SERVER     your own hypervisor, written as for ssh; the demo uses ~/.ssh/config
  --image IMAGE          image with cloud-init: /path/on/the/host, https://… or ./file
                                                                 (default: the demo makes a Debian image)
  --image-sha256 SUM     checksum of the image; required with a URL
  --accelerator NAME     kvm, tcg or auto                        (default: auto with --host, otherwise tcg)
  --guests NUMBER        number of guests, without the gateway   (default: 2, or 1 for public-bridge)
  --nic NAME             NIC of the host that becomes a port of the bridge; for public-bridge with --host
  --probe-url URL        page that each guest fetches as a test  (default with --host: none)
  --keep                 keep the lab, and print how to log in
  --destroy              destroy the lab of an earlier run with --host and --keep`;

/** @returns undefined for --help */
export function readOptions(args: string[]): Options | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [pattern = "gateway-lab", ...more] = positionals;
  if (!isPattern(pattern)) throw wrong(`unknown pattern ${pattern}: must be ${Object.keys(patterns).join(" or ")}`);
  if (more.length > 0) throw wrong(`only one pattern is allowed, but the command line also has ${more.join(" ")}`);
  const { guests } = values;
  if (guests !== undefined && !/^\d{1,3}$/.test(guests))
    throw wrong(`--guests ${guests}: must be a number of at most 3 digits`);
  if (pattern === "public-bridge" && values.host !== undefined && !values.nic && !values.destroy)
    throw wrong("public-bridge with --host needs --nic: the NIC that becomes a port of the bridge");
  if (values.host === undefined && values.destroy)
    throw wrong("--destroy needs --host: the demo itself destroys a throwaway lab");
  if (/^https?:/.test(values.image ?? "") && !values["image-sha256"])
    throw wrong("--image with a URL needs --image-sha256");
  return {
    ...{ pattern, host: values.host, image: values.image, imageSha256: values["image-sha256"] },
    ...{ accelerator: values.accelerator, guests, probeUrl: values["probe-url"], nic: values.nic },
    ...{ keep: values.keep, destroy: values.destroy },
  };
}

function parsed(args: string[]) {
  const [text, flag] = [{ type: "string" } as const, { type: "boolean", default: false } as const];
  const options = {
    ...{ host: text, image: text, "image-sha256": text, accelerator: text, "probe-url": text, nic: text },
    ...{ guests: text, keep: flag, destroy: flag, help: { ...flag, short: "h" } },
  };
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function isPattern(name: string): name is PatternName {
  return Object.hasOwn(patterns, name);
}

function wrong(text: string): UsageError {
  return new UsageError(`${text}. See: npm run demo -- --help`);
}
