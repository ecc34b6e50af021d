import { z } from "zod";
import { unseen } from "../../core/actual";
import { withoutSecrets } from "../../core/curl";
import { kind, type Wanted, wanted } from "../../core/kind";
import { objectName } from "../../core/names";
import { scopedAddressArg, secondsArg, urlArg } from "../../core/validators";
import { probeOf } from "./attempt.fact";
import { probeErrors } from "./errors";

const schema = z
  .strictObject({
    ...wanted,
    ping: scopedAddressArg.optional(),
    tcp: z
      .string()
      .regex(/^(\[[0-9a-fA-F:.%]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'invalid target: must be "address:port"')
      .optional(),
    http: urlArg.optional(),
    expectStatus: z.number().int().min(100).max(599).optional(),
    timeoutSeconds: secondsArg,
    required: z.boolean(),
    triggers: z.array(z.unknown()).optional(),
  })
  .refine(({ ping, tcp, http }) => [ping, tcp, http].filter((target) => target !== undefined).length === 1, {
    message: "ping, tcp, http: exactly one of them is required",
  });

type Want = z.infer<typeof schema> & Wanted;

export const probe = kind<Want, { tried: ReturnType<typeof probeOf> }>({
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
