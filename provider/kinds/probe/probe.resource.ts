// Made by tools/resources.ts from the schema in probe.ts: npm run docs

import type * as pulumi from "@pulumi/pulumi";
import type { HostRef } from "../../core/host-ref";
import { type HostOrGuest, outputOf, Resource } from "../../core/resource";

/** Arguments of a Probe. Exactly one of `ping`, `tcp` and `http` is required. */
export type ProbeArgs = ProbePingArgs | ProbeTcpArgs | ProbeHttpArgs;

/** Arguments that each Probe can have. */
export interface ProbeBaseArgs {
  /** The machine that runs the test: a Host or a Guest. */
  from: pulumi.Input<HostOrGuest>;
  /** Expected HTTP status, 100 to 599. @default 200 */
  expectStatus?: pulumi.Input<number | undefined>;
  /** Time limit in seconds. The probe repeats the test until it succeeds or the limit is reached. @default 60 */
  timeoutSeconds?: pulumi.Input<number | undefined>;
  /**
   * Whether the update fails if the test fails. If false, only the output `result` reports the failure.
   * @default true
   */
  required?: pulumi.Input<boolean | undefined>;
  /**
   * Values on which the result depends, such as the `revision` of a resource. If a value changes, the update runs the
   * test again.
   * @default none
   */
  triggers?: pulumi.Input<pulumi.Input<unknown>[] | undefined>;
}

/** Arguments of a Probe with `ping`. */
export interface ProbePingArgs extends ProbeBaseArgs {
  /** IPv4 or IPv6 address to ping. It may have a zone: "fe80::1%br0". */
  ping: pulumi.Input<string | undefined>;
  tcp?: undefined;
  http?: undefined;
}

/** Arguments of a Probe with `tcp`. */
export interface ProbeTcpArgs extends ProbeBaseArgs {
  ping?: undefined;
  /** TCP port to connect to: "address:port". An IPv6 address is in brackets: "[fd00::1]:22". */
  tcp: pulumi.Input<string | undefined>;
  http?: undefined;
}

/** Arguments of a Probe with `http`. */
export interface ProbeHttpArgs extends ProbeBaseArgs {
  ping?: undefined;
  tcp?: undefined;
  /** http or https URL to fetch. */
  http: pulumi.Input<string | undefined>;
}

/**
 * A test that a host or a guest runs: a ping, a TCP connection or an HTTP request. Give exactly one of `ping`, `tcp`
 * and `http`.
 * @example
 * const answers = new kvm.Probe("web answers", { from: host, tcp: "192.168.50.10:22" });
 */
export class Probe extends Resource {
  /** The machine that runs the test: a Host or a Guest. */
  declare readonly host: pulumi.Output<HostRef>;
  /** IPv4 or IPv6 address to ping. It may have a zone: "fe80::1%br0". */
  declare readonly ping: pulumi.Output<string | undefined>;
  /** TCP port to connect to: "address:port". An IPv6 address is in brackets: "[fd00::1]:22". */
  declare readonly tcp: pulumi.Output<string | undefined>;
  /** http or https URL to fetch. */
  declare readonly http: pulumi.Output<string | undefined>;
  /** Expected HTTP status, 100 to 599. */
  declare readonly expectStatus: pulumi.Output<number | undefined>;
  /** Time limit in seconds. The probe repeats the test until it succeeds or the limit is reached. */
  declare readonly timeoutSeconds: pulumi.Output<number>;
  /** Whether the update fails if the test fails. If false, only the output `result` reports the failure. */
  declare readonly required: pulumi.Output<boolean>;
  /**
   * Values on which the result depends, such as the `revision` of a resource. If a value changes, the update runs the
   * test again.
   */
  declare readonly triggers: pulumi.Output<unknown[] | undefined>;
  /** "ok" for a ping, "open" for TCP, the status for HTTP. After a failure: the reason. */
  declare readonly result: pulumi.Output<string>;
  /** Source address of the machine that runs the test. With DHCP, this is its leased address. */
  declare readonly source: pulumi.Output<string | undefined>;

  constructor(name: string, args: ProbeArgs, opts?: pulumi.CustomResourceOptions) {
    const { from, ...rest } = args;
    super(
      "Probe",
      name,
      { ...rest, host: outputOf(from, "ref") },
      {
        filled: ["timeoutSeconds", "required", "result", "source"],
        optional: ["ping", "tcp", "http", "expectStatus", "triggers"],
      },
      opts,
    );
  }
}
