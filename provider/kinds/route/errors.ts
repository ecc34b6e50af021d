import { errors } from "../../core/problem";

export const routeErrors = errors("Routes", "KVM41", {
  exists: {
    code: "KVM4101",
    title: "Route exists and is not ours",
    cause: "The host has a route with the same destination, metric and table. The kernel allows only one.",
    remedy: "Choose another metric or table, or set `adopt: true` to take the route over.",
  },
  notSet: {
    code: "KVM4102",
    title: "Route cannot be set",
    cause: "The kernel rejects the route, for example because no interface of the host reaches the gateway.",
    remedy: "Make the Route depend on the Bridge that reaches its gateway, or set `onlink: true`.",
  },
});
