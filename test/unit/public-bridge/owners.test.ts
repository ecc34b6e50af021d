import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ConfigFiles } from "../../../provider/facts/nic-owner";
import type { Origin, Wishes } from "../../../provider/public-bridge/owner";
import { ownerCalled } from "../../../provider/public-bridge/owners";

/**
 * What each owner's files become: test/fixtures/owners/<owner>/<case>/ has `case.json`, the files `before` below their
 * own paths, and `after`, in one text. With UPDATE_FIXTURES=1 that is written down, to be read before it is committed.
 */
interface Case {
  nic: string;
  sources: string[];
  origin?: Partial<Origin>;
  wishes?: Wishes;
  /** Why it is not done at all. */
  obstacle?: string;
}

const folder = resolve(__dirname, "../../../../test/fixtures/owners");

for (const name of readdirSync(folder).sort()) {
  describe(`the files of ${name}`, () => {
    for (const title of readdirSync(join(folder, name)).sort()) {
      it(title.replaceAll("-", " "), () => {
        const path = join(folder, name, title);
        const { wishes = {}, obstacle, ...rest } = JSON.parse(readFileSync(join(path, "case.json"), "utf8")) as Case;
        const origin = originOf(name as Origin["owner"], path, rest);
        const owner = ownerCalled(origin.owner);
        assert.equal(owner.obstacle(origin), obstacle);
        if (obstacle !== undefined) return;
        const now = shown(owner.render(origin, wishes));
        const after = join(path, "after");
        if (process.env.UPDATE_FIXTURES || !existsSync(after)) writeFileSync(after, now);
        assert.equal(now, readFileSync(after, "utf8"));
      });
    }
  });
}

function originOf(owner: Origin["owner"], path: string, { nic, sources, origin }: Case): Origin {
  const files: ConfigFiles = Object.fromEntries(
    sources.map((source) => [source, { content: readFileSync(join(path, source), "utf8"), mode: 0o644 }]),
  );
  const known = { macAddress: "52:54:00:12:34:56", mtu: 1500, acceptsAdvertisements: true, cloudInit: false };
  const had = { addresses: [], dynamic: [], ways: [4 as const], wayFromDhcp: false };
  return { owner, nic, bridge: "br0", sources, files, ...known, ...had, ...origin };
}

function shown(rendering: ReturnType<ReturnType<typeof ownerCalled>["render"]>): string {
  const parts = Object.entries(rendering).map(([path, file]) =>
    file ? `==> ${path} ${file.mode.toString(8)}\n${file.content}` : `==> ${path} goes\n`,
  );
  return parts.join("\n");
}
