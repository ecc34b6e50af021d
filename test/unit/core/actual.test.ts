import assert from "node:assert/strict";
import { type Actual, absent, actualArguments, differing, unseen } from "../../../provider/core/actual";
import type { Kind, Wanted } from "../../../provider/core/kind";
import { kindOf } from "../../../provider/kinds";
import type { Seen } from "../../../provider/reconcile/host-view";
import { describe as describeResource } from "../../../provider/reconcile/reconcile";
import { checked } from "../support/given";

interface Want extends Wanted {
  mtu?: number;
  bridge?: string;
}

describe("what a kind sees", () => {
  it("has the actual values, and not the arguments that the host does not show", () => {
    const seen: Actual<Want> = { mtu: 1400, bridge: unseen };
    assert.deepEqual(actualArguments(seen), { mtu: 1400 });
  });

  it("has an argument as undefined that is not set on the host", () => {
    const seen: Actual<Want> = { mtu: unseen, bridge: undefined };
    assert.deepEqual(actualArguments(seen), { bridge: undefined });
  });

  it("has only the arguments that differ, from a kind that compares its object as a whole", () => {
    assert.deepEqual(actualArguments(differing<Want>({ mtu: 1300 })), { mtu: 1300 });
  });

  it("has no arguments when the object is absent", () => {
    assert.equal(actualArguments<Want>(absent), undefined);
  });

  it("keeps the desired value of an argument that is not seen, and replaces one that is not set on the host", () => {
    const want = checked<Wanted>("Tap", "lab/web", { name: "web", bridge: "br0", user: "anna", persistent: false });
    const seen = { up: false, bridge: undefined, mtu: unseen, user: unseen };
    const kind: Kind = { ...kindOf("Tap"), actual: () => seen as never };
    const actual = describeResource(kind, want, { links: {}, records: {} } as unknown as Seen)?.actual;
    assert.deepEqual(actual, { ...want, up: false, bridge: undefined });
  });
});
