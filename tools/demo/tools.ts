import { stable } from "../../test/lab/debian";
import { debianImage } from "../../test/lab/guestImage";
import { ensurePackages } from "../../test/lab/packages";
import { hypervisorRoot } from "../../test/lab/root";
import { findToolchain } from "../toolchain";
import { abandonable } from "./interrupt";
import type { Options } from "./patterns";
import { stage } from "./stage";

export interface Prepared {
  /** To put before PATH. */
  path: string;
  /** Source of the guests' image. */
  image: string;
}

/** Makes or fetches everything that stays in the cache. It starts no process that keeps running. */
export async function prepare(options: Options): Promise<Prepared> {
  const throwaway = options.host === undefined;
  const makesImage = options.image === undefined && !options.destroy;
  if (throwaway) demandRoot("a throwaway hypervisor", "use your own hypervisor: npm run demo -- --host user@server");
  else if (makesImage) demandRoot("the image of the guests", "use your own image: --image /path/on/the/host");
  return stage("Preparing tools and images", async ({ say }) => {
    const { path } = await abandonable(findToolchain(say));
    if (throwaway || makesImage) await abandonable(ensurePackages(say));
    if (throwaway) await abandonable(hypervisorRoot(stable, "ifupdown", say));
    const image = makesImage ? `file://${await abandonable(debianImage(say))}` : (options.image ?? "");
    return { path, image };
  });
}

function demandRoot(what: string, otherwise: string): void {
  if (process.platform === "linux" && process.getuid?.() === 0) return;
  throw new Error(`Unable to make ${what}: this needs root on Debian. Run the demo as root there, or ${otherwise}`);
}
