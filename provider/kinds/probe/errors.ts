import { errors } from "../../core/problem";

export const probeErrors = errors("Probe", "KVM80", {
  noAnswer: {
    code: "KVM8001",
    title: "Target does not answer",
    cause: "The test did not succeed within `timeoutSeconds`. The message has the result of the last attempt.",
    remedy:
      "Check routes, IP forwarding and the packet filter between both machines. `required: false` reports the failure only as an output.",
  },
});
