import type { Fact } from "../core/fact";
import { byName } from "../core/reply";
import { sh } from "../core/shell";
import { againUnitPath, bootFolder, bootUnitPath, bootUnitWanted, stateFolder } from "./paths";

/** Where we keep what belongs to a host: manifests, shared counts, boot scripts. Path to SHA-256. */
export type Records = Readonly<Record<string, string>>;

export const records: Fact<Records> = {
  name: "records",
  command: sh`
    find ${stateFolder}/owners ${stateFolder}/objects ${stateFolder}/shared ${bootFolder} ${bootUnitPath} ${bootUnitWanted} ${againUnitPath} \
      '(' -type f -o -type l ')' -exec sha256sum {} + 2>/dev/null || true`,
  parse: (output) =>
    byName(
      output
        .split("\n")
        .map((line) => /^([0-9a-f]{64}) [ *](\/.*)$/.exec(line))
        .filter((match) => match !== null)
        .map(([, hash = "", path = ""]) => [path, hash]),
    ),
};
