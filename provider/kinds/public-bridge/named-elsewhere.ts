import type { Detected, NetworkBackend } from "./backend";
import { at, named } from "./fates";
import { hasName } from "./formats/words";
import type { NicConfig } from "./nic-config";

/**
 * Finds a script or another file of the same network backend that needs the NIC or belongs to it: a VLAN, a bond, an
 * alias. It is not one of the files of the NIC's own configuration. (All files of ifupdown and netplan are read anyway.
 * In networkd, the NIC's own file names the links on it.)
 */
export function namedElsewhere(
  nic: string,
  { scriptFolder, neighbours }: NetworkBackend,
  { sources, connection }: Detected,
  { files, scripts = [] }: NicConfig,
): string | undefined {
  const script = scripts.find((where) => where.startsWith(scriptFolder));
  if (script !== undefined)
    return `${script}: this script names ${nic}, so it would have no effect on the bridge. Make it name the bridge, or every interface`;
  if (!neighbours) return undefined;
  const others = Object.entries(files).filter(
    ([path]) => path.startsWith(neighbours.folder) && !sources.includes(path),
  );
  for (const [path, { content }] of others) {
    const name = path.slice(neighbours.folder.length);
    if (neighbours.belongs(name, nic))
      return `${path} belongs to ${nic} too, and pulumi-kvm does not know how to move it to the bridge. Remove it, or make the bridge by hand`;
    const found = neighbours
      .lines(content, name)
      .find(({ key, value }) => neighbours.keys.test(key) && (hasName(value, nic) || value === connection));
    if (found)
      return `${at(path, found.line)}: ${named(found.text)} needs ${nic} as it is. Remove the line, or make the bridge by hand`;
  }
  return undefined;
}
