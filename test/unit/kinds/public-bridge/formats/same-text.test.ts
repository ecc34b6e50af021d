import assert from "node:assert/strict";
import { isSameText } from "../../../../../provider/kinds/public-bridge/formats/same-text";

describe("a configuration file", () => {
  const written = "auto lo eth1\niface eth1 inet static\n    up ip route add 10.0.0.0/8 via 192.0.2.9\n";

  it("counts as unchanged when only spaces between words differ, as an earlier version wrote them", () => {
    const raw = "auto   lo\teth1  \niface eth1  inet static\n    up ip route add 10.0.0.0/8 \\\n  via 192.0.2.9\n";
    assert.ok(isSameText(written, raw));
    assert.ok(isSameText(undefined, undefined));
  });

  it("is compared quickly, even with many spaces", () => {
    const spaces = " ".repeat(250_000);
    assert.ok(isSameText(`a${spaces}b`, `a b${spaces}`));
  });

  it("counts as changed when words, lines or indentation differ, or when it is absent", () => {
    assert.ok(!isSameText(written, written.replace("static", "static inherits base")));
    assert.ok(!isSameText(written, `${written}\n`));
    assert.ok(!isSameText("a:\n  b: 1\n", "a:\nb: 1\n"));
    assert.ok(!isSameText(written, undefined));
  });
});
