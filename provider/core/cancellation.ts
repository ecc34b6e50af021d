import { subscribe } from "node:diagnostics_channel";

/**
 * At Ctrl-C the engine tells each provider so, and then waits for the calls in flight; Pulumi's process for dynamic
 * providers answers and passes it on to nobody. What would wait for minutes looks here.
 */
const controller = new AbortController();

export const cancelled: AbortSignal = controller.signal;

/** The engine speaks gRPC, which is HTTP/2; where Node does not tell of its streams (before 24.2), we learn of nothing. */
export function listenForCancel(): void {
  subscribe("http2.server.stream.start", (message) => {
    const { headers } = message as { headers?: Record<string, unknown> };
    if (headers?.[":path"] === "/pulumirpc.ResourceProvider/Cancel") controller.abort();
  });
}
