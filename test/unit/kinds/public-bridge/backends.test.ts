import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Origin, Wishes } from "../../../../provider/kinds/public-bridge/backend";
import { networkBackend } from "../../../../provider/kinds/public-bridge/backends";
import type { ConfigFiles } from "../../../../provider/kinds/public-bridge/nic-config";
import { checkout } from "../../../../tools/checkout";
import { isUpdated, updateText } from "../../support/fixtures";

/**
 * The new files of each network backend: test/fixtures/backends/<backend>/<case>/ has `case.json`, the files below their
 * own paths, and either `after` (the new files in one text) or `refused` (the reason). UPDATE_FIXTURES=networkd writes
 * these two files of the backend networkd. Read them before you commit them.
 */
interface Case {
  nic: string;
  sources: string[];
  origin?: Partial<Origin>;
  wishes?: Wishes;
}

const folder = join(checkout, "test/fixtures/backends");

for (const name of readdirSync(folder).sort()) {
  describe(`the files of ${name}`, () => {
    for (const title of readdirSync(join(folder, name)).sort()) {
      it(title.replaceAll("-", " "), () => {
        const path = join(folder, name, title);
        const { wishes = {}, ...rest } = JSON.parse(readFileSync(join(path, "case.json"), "utf8")) as Case;
        const origin = originOf(name, path, rest);
        const backend = networkBackend(name);
        const reason = backend.obstacle(origin);
        const now = reason === undefined ? shown(backend.render(origin, wishes)) : `${reason}\n`;
        const [expected, other] = ["after", "refused"].map((file) => join(path, file)) as [string, string];
        const [here, absent] = reason === undefined ? [expected, other] : [other, expected];
        if (isUpdated(name)) {
          rmSync(absent, { force: true });
          updateText(here, now);
        }
        assert.equal(now, readFileSync(existsSync(here) ? here : absent, "utf8"));
      });
    }
  });
}

function originOf(backend: string, path: string, { nic, sources, origin }: Case): Origin {
  const files: ConfigFiles = Object.fromEntries(
    sources.map((source) => [source, { content: readFileSync(join(path, source), "utf8"), mode: 0o644 }]),
  );
  const known = { macAddress: "52:54:00:12:34:56", mtu: 1500, acceptsAdvertisements: true, cloudInit: false };
  const had = { addresses: [], dynamic: [], ways: [4 as const], wayFromDhcp: false };
  return { backend, nic, bridge: "br0", sources, files, ...known, ...had, ...origin };
}

function shown(rendering: ReturnType<ReturnType<typeof networkBackend>["render"]>): string {
  const parts = Object.entries(rendering).map(([path, file]) =>
    file ? `==> ${path} ${file.mode.toString(8)}\n${file.content}` : `==> ${path} goes\n`,
  );
  return parts.join("\n");
}
