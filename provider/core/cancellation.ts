import { subscribe } from "node:diagnostics_channel";

/**
 * At Ctrl-C the engine cancels each provider, and then waits for its running calls. Pulumi's process for dynamic
 * providers answers the request, but does not pass it on to our code. So a wait of minutes uses this signal.
 */
const controller = new AbortController();

export const cancelled: AbortSignal = controller.signal;

/** The engine uses gRPC over HTTP/2. Before Node 24.2, there is no event for its streams, so nothing is ever cancelled. */
export function listenForCancel(): void {
  subscribe("http2.server.stream.start", (message) => {
    const { headers } = message as { headers?: Record<string, unknown> };
    if (headers?.[":path"] === "/pulumirpc.ResourceProvider/Cancel") controller.abort();
  });
}
