import { lines, type Sh, sh } from "../../core/shell";
import type { Swap } from "../../network-change/file-swap";
import type { Names, NetworkBackend, Origin, Rendering, Wishes } from "./backend";
import { networkBackend } from "./backends";

/** The desired configuration files. */
export function rendered(origin: Origin, wishes: Wishes): Rendering {
  const files = networkBackend(origin.backend).render(origin, wishes);
  return origin.cloudInit
    ? { ...files, [cloudInitOff]: { content: "network: {config: disabled}\n", mode: 0o644 } }
    : files;
}

/**
 * Turns the network configuration of cloud-init off. Otherwise cloud-init writes its own files again at the next boot,
 * without the bridge.
 */
const cloudInitOff = "/etc/cloud/cloud.cfg.d/99-pulumi-kvm-network.cfg";

export function swapsOf(rendering: Rendering): Swap[] {
  return Object.entries(rendering).map(([path, file]) => ({ path, to: file ?? "absent" }));
}

/** The network manager checks the staged files below a temporary root. */
export function dryRun(backend: NetworkBackend, paths: readonly string[], names: Names): Sh {
  const staged = (path: string) => path.replace(/([^/]+)$/, ".$1.pulumi-kvm-new");
  return lines(
    sh`root=$(mktemp -d)`,
    ...paths.map(
      (path) => sh`mkdir -p "$root"${path.slice(0, path.lastIndexOf("/"))}; cp -p ${staged(path)} "$root"${path}`,
    ),
    sh`if ! said=$( ( set -eu; ${backend.check?.(names, paths) ?? sh`:`} ) 2>&1 ); then rm -rf "$root"; echo "$said" >&2; exit 1; fi`,
    sh`rm -rf "$root"`,
  );
}
