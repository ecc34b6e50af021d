import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Fact } from "../../../provider/core/fact";
import { text } from "../../../provider/core/shell";
import { records } from "../../../provider/host-state/records.fact";
import { firewall } from "../../../provider/kinds/firewall/backend.fact";
import { bridgeNetfilter } from "../../../provider/kinds/firewall/bridge-netfilter.fact";
import { listeners } from "../../../provider/kinds/firewall/listeners.fact";
import { ownRules } from "../../../provider/kinds/firewall/own-rules.fact";
import { packetFilter } from "../../../provider/kinds/firewall/packet-filter.fact";
import { guests } from "../../../provider/kinds/guest/guest-state.fact";
import { qemuVersion } from "../../../provider/kinds/guest/qemu-version.fact";
import { type ReadinessQuestion, readiness } from "../../../provider/kinds/guest/readiness.fact";
import { machine } from "../../../provider/kinds/host/machine.fact";
import { links } from "../../../provider/kinds/link/links.fact";
import { type ProbeQuestion, probeOf } from "../../../provider/kinds/probe/attempt.fact";
import { nicConfigOf } from "../../../provider/kinds/public-bridge/nic-config.fact";
import { nicRulesOf } from "../../../provider/kinds/public-bridge/nic-rules.fact";
import { wayIn } from "../../../provider/kinds/public-bridge/ssh-address.fact";
import { type RouteKey, routeAt } from "../../../provider/kinds/route/route-table.fact";
import { forwardingOf } from "../../../provider/kinds/sysctl/forwarding-users.fact";
import { sharesOf, sysctlOf } from "../../../provider/kinds/sysctl/proc-sys.fact";
import { addressingOf } from "../../../provider/network-change/addressing.fact";
import { networkChange } from "../../../provider/network-change/pending-change.fact";
import { fixturesIn } from "../support/fixtures";

/**
 * Tests the parser of each fact with output of real hosts: test/fixtures/facts/<fact>/<case>.json is {output, fact}.
 */

const facts: Readonly<Record<string, Fact<unknown> | ((question: never) => Fact<unknown>)>> = {
  addressing: (device: string) => addressingOf(device),
  bridgeNetfilter,
  firewall,
  forwarding: forwardingOf,
  guests,
  links,
  listeners,
  machine,
  networkChange,
  nicConfig: (nic: string) => nicConfigOf(nic),
  nicRules: (nic: string) => nicRulesOf(nic, `br-${nic}`),
  packetFilter,
  probe: (question: ProbeQuestion) => probeOf(question),
  readiness: (question: ReadinessQuestion) => readiness(question),
  qemuVersion,
  records,
  route: (key: RouteKey) => routeAt(key),
  rules: ownRules,
  shares: sharesOf,
  sysctl: sysctlOf,
  wayIn,
};

interface Fixture {
  /** The argument of a fact that has one. */
  question?: unknown;
  output: string;
  fact: unknown;
}

describe("facts", () => {
  for (const [name, fact] of Object.entries(facts)) {
    for (const { title, path } of fixturesIn(`facts/${name}`)) {
      const fixture = JSON.parse(readFileSync(path, "utf8")) as Fixture;
      const asked = typeof fact === "function" ? fact(fixture.question as never) : fact;

      it(`${name}: ${title}`, () => {
        // The copy has the usual prototype again.
        assert.deepEqual(structuredClone(asked.parse(fixture.output)), fixture.fact);
      });
    }

    it(`${name}: its command is valid shell`, () => {
      const [fixture] = fixturesIn(`facts/${name}`);
      assert.ok(fixture, `test/fixtures/facts/${name} is empty`);
      const { question } = JSON.parse(readFileSync(fixture.path, "utf8")) as Fixture;
      const { command } = typeof fact === "function" ? fact(question as never) : fact;
      execFileSync("sh", ["-n"], { input: text(command) });
    });
  }
});
