import type { Fact } from "../core/fact";
import { byName } from "../core/reply";
import { sh } from "../core/shell";
import { againUnitPath, bootFolder, bootUnitPath, bootUnitWanted, stateFolder } from "./paths";

/** The SHA-256 of each file that we keep on a host, by path: manifests, reference counts, boot scripts. */
export type Records = Readonly<Record<string, string>>;

export const records: Fact<Records> = {
  name: "records",
  command: sh`
    find ${stateFolder}/owners ${stateFolder}/objects ${stateFolder}/shared ${bootFolder} ${bootUnitPath} ${bootUnitWanted} ${againUnitPath} \
      '(' -type f -o -type l ')' -exec sha256sum {} + 2>/dev/null || true`,
  parse,
  part: { command: (paths) => sh`sha256sum ${paths} 2>/dev/null || true`, parse },
};

function parse(output: string): Records {
  return byName(
    output
      .split("\n")
      .map((line) => /^([0-9a-f]{64}) [ *](\/.*)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, hash = "", path = ""]) => [path, hash]),
  );
}
