import type * as pulumi from "@pulumi/pulumi";
import { type HasRef, type Inputs, Resource } from "../../core/resource";

/** Arguments of a Probe. Exactly one of `ping`, `tcp` and `http` is required. */
export interface ProbeArgs {
  /** IPv4 or IPv6 address to ping. It may have a zone: "fe80::1%br0". */
  ping?: string;
  /** TCP port to connect to: "address:port". An IPv6 address is in brackets: "[fd00::1]:22". */
  tcp?: string;
  /** http or https URL to fetch. */
  http?: string;
  /** Expected HTTP status, 100 to 599. @default 200 */
  expectStatus?: number;
  /** Time limit in seconds. The probe repeats the test until it succeeds or the limit is reached. @default 60 */
  timeoutSeconds?: number;
  /** Whether the update fails if the test fails. If false, only the output `result` reports the failure. @default true */
  required?: boolean;
  /**
   * Values on which the result depends, such as the `revision` of a resource. If a value changes, the update runs the
   * test again.
   * @default none
   */
  triggers?: unknown[];
}

/** Exactly one target. The editor reports a missing one, and so does the preview. */
export type ProbeTarget =
  | { ping: pulumi.Input<string | undefined>; tcp?: undefined; http?: undefined }
  | { tcp: pulumi.Input<string | undefined>; ping?: undefined; http?: undefined }
  | { http: pulumi.Input<string | undefined>; ping?: undefined; tcp?: undefined };

/**
 * A test that a host or a guest runs: a ping, a TCP connection or an HTTP request. Give exactly one of `ping`, `tcp` and
 * `http`.
 */
export class Probe extends Resource {
  /** "ok" for a ping, "open" for TCP, the status for HTTP. After a failure: the reason. */
  declare readonly result: pulumi.Output<string>;
  /** Source address of the machine that runs the test. With DHCP, this is its leased address. */
  declare readonly source: pulumi.Output<string | undefined>;
  constructor(
    name: string,
    args: Inputs<ProbeArgs> & ProbeTarget & { /** The machine that runs the test: a Host or a Guest. */ from: HasRef },
    opts?: pulumi.CustomResourceOptions,
  ) {
    const { from, ...rest } = args;
    super("Probe", name, { ...rest, host: from.ref }, ["result", "source"], opts);
  }
}
