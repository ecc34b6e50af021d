import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { withoutSecrets } from "../../core/curl";
import { kind, type Wanted, wanted } from "../../core/kind";
import { objectName } from "../../core/names";
import { type HasRef, type Inputs, Resource } from "../../core/resource";
import { scopedAddressArg, secondsArg, urlArg } from "../../core/validators";
import { probeOf } from "./attempt.fact";

/** What is to be proved: exactly one of ping, tcp and http. */
export interface ProbeArgs {
  /** An address that answers to ping. */
  ping?: string;
  /** "address:port" that takes a connection; an IPv6 address in brackets. */
  tcp?: string;
  /** A URL that is fetched. */
  http?: string;
  /** The HTTP status that is right. @default 200 */
  expectStatus?: number;
  /** It is tried again until then. @default 60 */
  timeoutSeconds?: number;
  /** A failure fails the update; else it is only reported in `result`. @default true */
  required?: boolean;
  /** It is proved again when one of these changes, so that a proof is never older than what it proves. @default none */
  triggers?: unknown[];
}

/** Exactly one of them: the editor shows what is missing, and so does the preview. */
export type ProbeTarget =
  | { ping: pulumi.Input<string | undefined>; tcp?: undefined; http?: undefined }
  | { tcp: pulumi.Input<string | undefined>; ping?: undefined; http?: undefined }
  | { http: pulumi.Input<string | undefined>; ping?: undefined; tcp?: undefined };

const schema = z
  .strictObject({
    ...wanted,
    ping: scopedAddressArg.optional(),
    tcp: z
      .string()
      .regex(/^(\[[0-9a-fA-F:.%]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'is "address:port"')
      .optional(),
    http: urlArg.optional(),
    expectStatus: z.number().int().min(100).max(599).optional(),
    timeoutSeconds: secondsArg,
    required: z.boolean(),
    triggers: z.array(z.unknown()).optional(),
  })
  .refine(({ ping, tcp, http }) => [ping, tcp, http].filter((target) => target !== undefined).length === 1, {
    message: "exactly one of ping, tcp and http says what is to be proved",
  });

type Want = z.infer<typeof schema> & Wanted;

export const probe = kind<Want, { tried: ReturnType<typeof probeOf> }>({
  name: "Probe",
  schema,
  defaults: { timeoutSeconds: 60, required: true },
  derive: (given, known) => ({ name: known.name ?? objectName(given.host.uid, "Probe", given.path) }),
  impact: { ping: "live", tcp: "live", http: "live", expectStatus: "live", triggers: "live" },
  observesOnly: true,
  facts: (want) => ({ tried: probeOf(want) }),
  plan: (want, { tried }) => {
    if (tried.ok) return [];
    return [
      {
        does: "wait",
        for: `proving that ${want.ping ?? want.tcp ?? withoutSecrets(want.http ?? "")} answers`,
        looksAt: ["tried"],
        seconds: want.timeoutSeconds,
        otherwise: `The last try gave: ${tried.result}`,
        optional: !want.required,
      },
    ];
  },
  absent: () => [],
  actual: () => ({}),
  outputs: (_want, { tried: { result, source } }) => ({ result, ...(source !== undefined && { source }) }),
});

/** A proof that something answers, as seen from a host or from a guest. */
export class Probe extends Resource {
  /** "ok" for a ping, "open" for TCP, the status for HTTP; or why not. */
  declare readonly result: pulumi.Output<string>;
  /** The address that it came from, on the machine where it was tried: with DHCP, the one that it was given. */
  declare readonly source: pulumi.Output<string | undefined>;
  constructor(
    name: string,
    args: Inputs<ProbeArgs> & ProbeTarget & { /** Where it is tried from. */ from: HasRef },
    opts?: pulumi.CustomResourceOptions,
  ) {
    const { from, ...rest } = args;
    super("Probe", name, { ...rest, host: from.ref }, ["result", "source"], opts);
  }
}
