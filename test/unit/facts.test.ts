import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { addressingOf } from "../../provider/facts/addressing";
import { bridgeNetfilter } from "../../provider/facts/bridge-netfilter";
import type { Fact } from "../../provider/facts/fact";
import { firewall } from "../../provider/facts/firewall";
import { forwardingOf } from "../../provider/facts/forwarding";
import { guests } from "../../provider/facts/guests";
import { links } from "../../provider/facts/links";
import { listeners } from "../../provider/facts/listeners";
import { machine } from "../../provider/facts/machine";
import { networkChange } from "../../provider/facts/network-change";
import { nicOwnerOf } from "../../provider/facts/nic-owner";
import { nicRulesOf } from "../../provider/facts/nic-rules";
import { packetFilter } from "../../provider/facts/packet-filter";
import { type ProbeQuestion, probeOf } from "../../provider/facts/probe";
import { type ReadinessQuestion, readiness } from "../../provider/facts/ready";
import { records } from "../../provider/facts/records";
import { type RouteKey, routeAt } from "../../provider/facts/routes";
import { ownRules } from "../../provider/facts/rules";
import { sharesOf, sysctlOf } from "../../provider/facts/sysctl";
import { wayIn } from "../../provider/facts/way-in";
import { text } from "../../provider/shell";
import { fixturesIn } from "./fixtures";

/** Each fact's parser against what real hosts printed: test/fixtures/facts/<fact>/<case>.json is {output, fact}. */

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
  nicOwner: (nic: string) => nicOwnerOf(nic),
  nicRules: (nic: string) => nicRulesOf(nic, `br-${nic}`),
  packetFilter,
  probe: (question: ProbeQuestion) => probeOf(question),
  readiness: (question: ReadinessQuestion) => readiness(question),
  records,
  route: (key: RouteKey) => routeAt(key),
  rules: ownRules,
  shares: sharesOf,
  sysctl: sysctlOf,
  wayIn,
};

interface Fixture {
  /** What a fact is asked for, when it is asked for something. */
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
        // A copy has the usual prototype again.
        assert.deepEqual(structuredClone(asked.parse(fixture.output)), fixture.fact);
      });
    }

    it(`${name}: the command is good shell`, () => {
      const [fixture] = fixturesIn(`facts/${name}`);
      assert.ok(fixture, `test/fixtures/facts/${name} is empty`);
      const { question } = JSON.parse(readFileSync(fixture.path, "utf8")) as Fixture;
      const { command } = typeof fact === "function" ? fact(question as never) : fact;
      execFileSync("sh", ["-n"], { input: text(command) });
    });
  }
});
