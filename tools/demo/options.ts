import { parseArgs } from "node:util";
import type { Options } from "./patterns";
import { type PatternName, patterns } from "./patterns";

/** The command line is wrong: the text says how, and where to look. */
export class UsageError extends Error {}

export const help = `npm run demo -- [PATTERN] [OPTION…]

Builds a lab with "pulumi up", proves it, and destroys it. Patterns: ${Object.keys(patterns).join(", ")}; the first one is the default.
Without --host it goes to a throwaway hypervisor on this machine, which has to be Debian, as root.

  --host USER@SERVER     a hypervisor of yours, as ssh takes it; ~/.ssh/config counts
  --image IMAGE          /path/on/the/host, https://… or ./file, with cloud-init  (default: a Debian that is made here)
  --image-sha256 SUM     checksum of the image; required with a URL
  --accelerator NAME     kvm, tcg or auto                        (default: auto with --host, tcg without)
  --guests NUMBER        guests, those behind the gateway        (default: 2, or 1 on the LAN)
  --nic NAME             the host's NIC that goes under the bridge, for public-bridge with --host
  --probe-url URL        a page that they fetch through it       (default with --host: none)
  --keep                 leave the lab up, and say how to log in
  --destroy              only destroy what --host and --keep left up`;

/** @returns undefined when help is asked for */
export function readOptions(args: string[]): Options | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [pattern = "gateway-lab", ...more] = positionals;
  if (!isPattern(pattern)) throw wrong(`there is no pattern ${pattern}; there is ${Object.keys(patterns).join(", ")}`);
  if (more.length > 0) throw wrong(`${more.join(" ")} is one pattern too many`);
  const { guests } = values;
  if (guests !== undefined && !/^\d{1,3}$/.test(guests)) throw wrong(`--guests ${guests} is not a number of guests`);
  if (pattern === "public-bridge" && values.host !== undefined && !values.nic && !values.destroy)
    throw wrong("public-bridge with --host needs --nic: which NIC is to go under the bridge");
  if (values.host === undefined && values.destroy)
    throw wrong("--destroy needs --host: a throwaway lab goes by itself");
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
