import { z } from "zod";
import { unseen } from "../../core/actual";
import { withoutSecrets } from "../../core/curl";
import { kind, type Wanted, wanted } from "../../core/kind";
import { objectName } from "../../core/names";
import { exactlyOne, scopedAddressArg, secondsArg, urlArg } from "../../core/validators";
import { probeOf } from "./attempt.fact";
import { probeErrors } from "./errors";

/** Arguments of a Probe. Exactly one of `ping`, `tcp` and `http` is required. */
const schema = exactlyOne(
  z.strictObject({
    ...wanted,
    /** The machine that runs the test: a Host or a Guest. @resource HostOrGuest.ref @name from */
    host: wanted.host,
    /** IPv4 or IPv6 address to ping. It may have a zone: "fe80::1%br0". */
    ping: scopedAddressArg.optional(),
    /** TCP port to connect to: "address:port". An IPv6 address is in brackets: "[fd00::1]:22". */
    tcp: z
      .string()
      .regex(/^(\[[0-9a-fA-F:.%]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'invalid target: must be "address:port"')
      .optional(),
    /** http or https URL to fetch. */
    http: urlArg.optional(),
    /** Expected HTTP status, 100 to 599. @default 200 */
    expectStatus: z.number().int().min(100).max(599).optional(),
    /** Time limit in seconds. The probe repeats the test until it succeeds or the limit is reached. */
    timeoutSeconds: secondsArg,
    /** Whether the update fails if the test fails. If false, only the output `result` reports the failure. */
    required: z.boolean(),
    /**
     * Values on which the result depends, such as the `revision` of a resource. If a value changes, the update runs the
     * test again.
     * @default none
     */
    triggers: z.array(z.unknown()).optional(),
  }),
  "ping",
  "tcp",
  "http",
);

type Want = z.infer<typeof schema> & Wanted;

interface Outputs {
  /** "ok" for a ping, "open" for TCP, the status for HTTP. After a failure: the reason. */
  result: string;
  /** Source address of the machine that runs the test. With DHCP, this is its leased address. */
  source?: string;
}

/**
 * A test that a host or a guest runs: a ping, a TCP connection or an HTTP request. Give exactly one of `ping`, `tcp` and
 * `http`.
 * @example
 * const answers = new kvm.Probe("web answers", { from: host, tcp: "192.168.50.10:22" });
 */
export const probe = kind<Want, { tried: ReturnType<typeof probeOf> }, Outputs>({
  name: "Probe",
  schema,
  defaults: { timeoutSeconds: 60, required: true },
  derive: (given, known) => ({ name: known.name ?? objectName(given.host.uid, "Probe", given.path) }),
  impact: { ping: "live", tcp: "live", http: "live", expectStatus: "live", triggers: "live" },
  readOnly: true,
  facts: (want) => ({ tried: probeOf(want) }),
  plan: (want, { tried }) => {
    if (tried.ok) return [];
    return [
      {
        does: "wait",
        for: `testing that ${want.ping ?? want.tcp ?? withoutSecrets(want.http ?? "")} answers`,
        looksAt: ["tried"],
        seconds: want.timeoutSeconds,
        failure: probeErrors.noAnswer,
        otherwise: `Last result: ${tried.result}`,
        optional: !want.required,
      },
    ];
  },
  absent: () => [],
  actual: () => ({
    ping: unseen,
    tcp: unseen,
    http: unseen,
    expectStatus: unseen,
    timeoutSeconds: unseen,
    required: unseen,
    triggers: unseen,
  }),
  outputs: (_want, { tried: { result, source } }) => ({ result, ...(source !== undefined && { source }) }),
});
