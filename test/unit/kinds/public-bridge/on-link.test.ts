import assert from "node:assert/strict";
import { isOffNetwork } from "../../../../provider/kinds/public-bridge/on-link";
import { unreasonable } from "../../../../provider/kinds/public-bridge/preflight";

describe("a gateway", () => {
  const cases: [string, string[], boolean, boolean][] = [
    ["192.0.2.1", ["192.0.2.10/24"], false, true],
    ["203.0.113.1", ["192.0.2.10/32"], true, true],
    ["203.0.113.1", ["192.0.2.10/32", "203.0.113.7/24"], false, true],
    ["203.0.113.1", ["192.0.2.10/24"], false, false],
    ["203.0.113.1", ["2001:db8::10/128"], false, false],
    ["fe80::1", ["2001:db8::10/128"], false, true],
    ["2001:db8:1::1", ["2001:db8::10/128"], true, true],
  ];
  for (const [gateway, addresses, isOff, isTaken] of cases)
    it(`${gateway} of ${addresses.join(", ")} needs ${isOff ? "an" : "no"} on-link route, and is ${isTaken ? "accepted" : "refused"}`, () => {
      assert.equal(isOffNetwork(gateway, addresses), isOff);
      assert.equal(unreasonable({ gateways: [gateway] }, addresses, false) === undefined, isTaken);
    });
});
