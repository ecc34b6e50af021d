import { sh } from "../../../../core/shell";
import type { Detected, Detection } from "../../backend";
import type { ConfigFiles, NicConfig } from "../../nic-config";
import { connectionIn } from "../network-manager/detection";
import { dropInsOf, linkIn } from "../networkd/detection";
import { inPrecedence } from "../precedence";
import { definitionIn, isConnectionOfNetplan } from "./generated";

/** networkd or NetworkManager configures the NIC, with a file that netplan made. */
export const detection: Detection = {
  filePatterns: sh`/etc/netplan/*.yaml /run/netplan/*.yaml /usr/lib/netplan/*.yaml`,
  scriptFolder: "/etc/networkd-dispatcher/",
  detect: (_nic, seen) => appliedByNetworkd(seen) ?? appliedByNetworkManager(seen),
  conflict: (nic, seen) => {
    const link = linkIn(seen);
    const [added] = link ? dropInsOf(link.networkFile, seen.files) : [];
    if (added === undefined) return undefined;
    return `${added} extends the configuration that netplan generates for ${nic}, and would apply to the port. Write it into netplan's own files`;
  },
};

function appliedByNetworkd(seen: NicConfig): Detected | undefined {
  const link = linkIn(seen);
  const definition = link && definitionIn(link.networkFile);
  if (!link || definition === undefined) return undefined;
  const { iaid } = link;
  return { sources: sourcesOf(seen.files), definition, appliedBy: "networkd", ...(iaid !== undefined && { iaid }) };
}

function appliedByNetworkManager(seen: NicConfig): Detected | undefined {
  const connection = connectionIn(seen);
  if (!connection || !isConnectionOfNetplan(connection.file)) return undefined;
  return { sources: sourcesOf(seen.files), appliedBy: "NetworkManager" };
}

/**
 * netplan reads the files of all its folders, sorted by name. A name in /run hides the same name in /etc, and that one
 * hides the same name in /usr/lib.
 */
function sourcesOf(files: ConfigFiles): string[] {
  return inPrecedence(["/run/netplan/", "/etc/netplan/", "/usr/lib/netplan/"], ".yaml", files);
}
