import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "../../../../provider/core/shell";
import type { GuestWant } from "../../../../provider/kinds/guest/guest-args";
import type { GuestState } from "../../../../provider/kinds/guest/guest-state.fact";
import { forgetHostKeys } from "../../../../provider/kinds/guest/host-keys";
import { notReady } from "../../../../provider/kinds/guest/readiness";
import type { Readiness } from "../../../../provider/kinds/guest/readiness.fact";

const want = (...disks: string[]) =>
  ({ name: "web", running: true, nics: [], disks, waitFor: { cloudInit: true } }) as unknown as GuestWant;

describe("the host keys of a guest", () => {
  const ready = (...hostKeys: string[]): Readiness => ({
    ...{ greeting: "", open: false, cloudInit: true, hostKeys, failures: [], console: [] },
  });
  const there = (...hostKeys: string[]) => ({ hostKeys }) as unknown as GuestState;

  it("are read again until two observations agree, when a disk has other keys than before", () => {
    assert.match(notReady(want(), ready("ssh-ed25519 NEW"), there("ssh-ed25519 OLD")) ?? "", /host keys have not been/);
    assert.equal(notReady(want(), ready("ssh-ed25519 NEW"), there("ssh-ed25519 NEW", "ssh-ed25519 OLD")), undefined);
  });

  it("do not delay the guest when the image prints none", () => {
    assert.equal(notReady(want(), ready(), there()), undefined);
  });

  it("are kept over a restart, and forgotten when the first disk changes", () => {
    const folder = mkdtempSync(join(tmpdir(), "host-keys-"));
    const log = join(folder, "web/log");
    mkdirSync(log, { recursive: true });
    writeFileSync(join(log, "host-keys"), "ssh-ed25519 OLD");
    const starts = (guest: GuestWant) => {
      const script = text(forgetHostKeys(guest)).replaceAll("/var/lib/pulumi-kvm/guests", folder);
      execFileSync("sh", ["-euc", script]);
      return existsSync(join(log, "host-keys"));
    };
    assert.equal(starts(want("one")), true, "a release before wrote no disk down");
    assert.equal(starts(want("one", "data")), true);
    assert.equal(starts(want("two", "data")), false);
    rmSync(folder, { recursive: true });
  });
});
