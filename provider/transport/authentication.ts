import type { AnyAuthMethod } from "ssh2";
import { HostUnreachable } from "../core/errors";
import type { Credential, Credentials } from "./credentials";
import { loginErrors } from "./errors";
import { withNotes } from "./ssh-errors";
import { display, type Route } from "./ssh-route";

/** Offers the keys one by one on one connection, and remembers the offered keys for the error. */
export function authentication(route: Route, { tried, skipped }: Credentials) {
  const left: Credential[] = [...tried];
  const shown: string[] = [];
  const notes = [...skipped];
  let accepts: string[] = [];
  return {
    /**
     * For ssh2: the next way to log in, or false. After all keys it tries "none", because a host may need no
     * authentication. "none" comes last because it costs a round trip.
     */
    handler: (methods: string[] | null): AnyAuthMethod | false => {
      if (methods) accepts = methods;
      const next = left.shift();
      if (next) shown.push(next.label);
      else if (shown.at(-1) === "none") return false;
      else shown.push("none");
      return next?.method ?? { type: "none", username: route.user };
    },
    /** True for an error that ends only one attempt. ssh2 reports it as an error of the connection, and goes on. */
    isPassing: (error: Error & { level?: string }) =>
      error.level === "agent" || /^Error (while )?signing/.test(error.message),
    note: (error: Error) => void notes.push(`${shown.at(-1)}: ${error.message}`),
    /** The error when the login failed. Undefined for other failures. */
    failure: (error: Error & { level?: string }): HostUnreachable | undefined => {
      const ended = error.level === "client-authentication" || /too many authentication failures/i.test(error.message);
      if (!ended) return undefined;
      return loginFailed(
        route,
        shown.filter((label) => label !== "none"),
        notes,
        accepts,
      );
    },
  };
}

function loginFailed(route: Route, shown: string[], notes: string[], accepts: string[]): HostUnreachable {
  const tried = shown.length > 0 ? `tried ${shown.join(", ")}` : "no key was found";
  const without = notes.length > 0 ? `; left out: ${notes.join("; ")}` : "";
  const wants =
    accepts.length > 0 && !accepts.includes("publickey")
      ? `; the host accepts only ${accepts.join(", ")}, and no keys`
      : "";
  const text = `the login as ${display(route)} is refused: ${tried}${without}${wants}. Add a public key to ~/.ssh/authorized_keys of ${route.user} there, or name the private key by IdentityFile in ~/.ssh/config, the agent, or PULUMI_KVM_PRIVATE_KEY`;
  return new HostUnreachable(loginErrors.refused(withNotes(route, text)));
}
