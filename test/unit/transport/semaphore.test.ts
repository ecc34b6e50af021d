import assert from "node:assert/strict";
import fc from "fast-check";
import { semaphore } from "../../../provider/transport/semaphore";

describe("a semaphore", () => {
  it("never admits more than its limit, and admits all in their order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 40 }), async (limit, tasks) => {
        const gate = semaphore(limit);
        const order: number[] = [];
        let now = 0;
        let most = 0;
        const work = async (index: number) => {
          const leave = await gate.acquire();
          order.push(index);
          most = Math.max(most, ++now);
          await new Promise(setImmediate);
          now--;
          leave();
          leave();
        };
        await Promise.all(Array.from({ length: tasks }, (_, index) => work(index)));
        assert.deepEqual(order, [...order.keys()]);
        assert.equal(most, Math.min(limit, tasks));
        assert.equal(gate.taken, 0);
      }),
      { numRuns: 30 },
    );
  });

  it("can shrink while it is in use, and reports when a caller must wait", async () => {
    let waits = 0;
    const gate = semaphore(3, () => waits++);
    const leave = [await gate.acquire(), await gate.acquire()];
    gate.shrinkTo(0);
    const third = gate.acquire();
    assert.equal(waits, 1);
    leave.pop()?.();
    assert.equal(
      await Promise.race([third.then(() => "in"), new Promise((r) => setImmediate(() => r("waits")))]),
      "waits",
    );
    leave.pop()?.();
    (await third)();
    assert.equal(gate.taken, 0);
  });
});
