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
  /** Whether a failed test fails the update. If false, only the output `result` reports the failure. @default true */
  required?: boolean;
  /**
   * Values on which the result depends, such as the `revision` of a resource. A change of one repeats the test, so that
   * the result is never older than what it tests.
   * @default none
   */
  triggers?: unknown[];
}

/** Exactly one target. The editor reports a missing one, and so does the preview. */
export type ProbeTarget =
  | { ping: pulumi.Input<string | undefined>; tcp?: undefined; http?: undefined }
  | { tcp: pulumi.Input<string | undefined>; ping?: undefined; http?: undefined }
  | { http: pulumi.Input<string | undefined>; ping?: undefined; tcp?: undefined };

/** A test that a target answers. A host or a guest runs it. */
export class Probe extends Resource {
  /** "ok" for a ping, "open" for TCP, the status for HTTP. After a failure: the reason. */
  declare readonly result: pulumi.Output<string>;
  /** Source address that the testing machine used. With DHCP, this is its leased address. */
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
