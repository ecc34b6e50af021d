import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { readWriteLock } from "../../../provider/reconcile/read-write-lock";

describe("a read/write lock", () => {
  let events: string[];
  const work =
    (name: string, milliseconds = 5) =>
    async () => {
      events.push(`${name} begins`);
      await sleep(milliseconds);
      events.push(`${name} ends`);
      return name;
    };
  beforeEach(() => {
    events = [];
  });

  it("runs shared operations in parallel", async () => {
    const { shared } = readWriteLock();
    assert.deepEqual(await Promise.all([shared(work("a")), shared(work("b"))]), ["a", "b"]);
    assert.deepEqual(events.slice(0, 2), ["a begins", "b begins"]);
  });

  it("runs an exclusive operation after the shared ones before it, and before the ones after it", async () => {
    const { shared, alone } = readWriteLock();
    await Promise.all([shared(work("before", 20)), alone(work("alone", 10)), shared(work("after"))]);
    assert.deepEqual(
      events.filter((event) => event.endsWith("begins")).map((event) => event.split(" ")[0]),
      ["before", "alone", "after"],
    );
    assert.ok(events.indexOf("before ends") < events.indexOf("alone begins"));
    assert.ok(events.indexOf("alone ends") < events.indexOf("after begins"));
  });

  it("runs exclusive operations one after the other", async () => {
    const { alone } = readWriteLock();
    await Promise.all([alone(work("a")), alone(work("b")), alone(work("c"))]);
    assert.deepEqual(events, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  it("continues after a failure", async () => {
    const { shared, alone } = readWriteLock();
    const broken = () => Promise.reject(new Error("broken"));
    const ends = await Promise.allSettled([shared(broken), alone(broken), shared(work("after"))]);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ["rejected", "rejected", "fulfilled"],
    );
  });
});
